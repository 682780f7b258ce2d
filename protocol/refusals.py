"""Why an act is refused: stable codes that travel, translated by the desk under `errors.<code>`."""

from enum import StrEnum


class Refusal(StrEnum):
    """Every reason for which `rules` says no; the first nine are PROTOCOL §2's."""

    OUT_OF_SCOPE = "out_of_scope"
    STALE_THREAD = "stale_thread"
    ALREADY_ANSWERED = "already_answered"
    ILLEGAL_TRANSITION = "illegal_transition"
    ASSIGNEE_CHANGED = "assignee_changed"
    ALREADY_MOVED = "already_moved"
    BAD_TARGET = "bad_target"
    PREV_REJECTED = "prev_rejected"
    UNKNOWN_ACT = "unknown_act"
    CHANGED_MEANWHILE = "changed_meanwhile"

    NOT_ALLOWED = "not_allowed"
    NOT_ASSIGNED = "not_assigned"
    WRONG_TYPE = "wrong_type"
    WRONG_CHAIN = "wrong_chain"
    SAME_PERSON = "same_person"

    TEXT_MISSING = "text_missing"
    TEXT_TOO_LONG = "text_too_long"
    TOO_MANY_FILES = "too_many_files"
    FILE_TOO_LARGE = "file_too_large"
    FILE_REFUSED = "file_refused"
    TOO_LARGE = "too_large"
    FILE_LOST = "file_lost"

    NATURE_MISSING = "nature_missing"
    REASONS_MISSING = "reasons_missing"
    POINTS_UNANSWERED = "points_unanswered"
    FIELDS_UNFILLED = "fields_unfilled"
    CHANNEL_MISSING = "channel_missing"
    CHANNEL_UNREACHABLE = "channel_unreachable"
    NUMBER_MISSING = "number_missing"
    BAD_DATE = "bad_date"

    NOT_IN_UNIT = "not_in_unit"
    NOT_NAMED = "not_named"
    NAMES_MISSING = "names_missing"
    ASSIGNEE_ABSENT = "assignee_absent"
    PERSON_COMPLAINED_OF = "person_complained_of"

    COMPLEMENT_ALREADY_ASKED = "complement_already_asked"
    LIMIT_PAST = "limit_past"
    LIMIT_NOT_REACHED = "limit_not_reached"

    GROUND_MISSING = "ground_missing"
    GROUND_NOT_ALLOWED = "ground_not_allowed"
    TRANSFER_INSTEAD = "transfer_instead"
    JOIN_INSTEAD = "join_instead"
    COMPLEMENT_FIRST = "complement_first"
    INADMISSIBLE_INSTEAD = "inadmissible_instead"

    WINDOW_OVER = "window_over"
    WINDOW_OPEN = "window_open"
    REOPENING_LIMIT = "reopening_limit"
    ALREADY_RATED = "already_rated"
    COMMITMENT_UNKNOWN = "commitment_unknown"


class Held(StrEnum):
    """Why the server keeps an act waiting: what it leans on has not come yet."""

    PREV_UNKNOWN = "prev_unknown"
    BLOB_MISSING = "blob_missing"


class Refused(Exception):
    """An act that the rules do not allow; `code` says why."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code.value)
        self.code = code
