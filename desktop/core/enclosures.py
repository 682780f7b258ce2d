"""Files a person attaches at the desk: checked by content and name, then kept, encrypted, to travel."""

from desktop.core.errors import PersonError
from desktop.models.attachments import Attachments
from protocol.complaint import Attachment
from protocol.files import BadUpload, examine


def keep(files: Attachments, name: str, content: bytes) -> Attachment:
    """Keep `content` for an act to carry; raises PersonError (file_type, file_too_big, …), StoreError.

    What is sent may not be what it is called: the name gets the ending of what the content is.
    """
    try:
        mime, shown = examine(name, content)
    except BadUpload as refused:
        raise PersonError(refused.problem.value, name=refused.name) from refused
    return files.attach(shown, mime, content)
