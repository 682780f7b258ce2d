"""`chekaya-desk --server URL --profile DIR`: arguments are read before anything heavy is imported."""

import argparse
import gc
import os
import sys
from pathlib import Path

VERSION = "0.1.0"


def main(arguments: list[str] | None = None) -> int:
    """Run the desk until its window closes; gives the exit status."""
    asked = _parser().parse_args(arguments)
    _forbid_core_files()
    gc.disable()  # desktop.ui.rubbish collects, in the windows' thread; and importing is a tenth faster
    from desktop.app import run

    return run(
        server=asked.server, profile=asked.profile, language=asked.language, recovery=asked.recover_key
    )


def default_profile() -> Path:
    """The local (never roaming, never network) application-data folder of this person."""
    home = Path.home()
    if sys.platform == "win32":
        place = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        place = home / "Library" / "Application Support"
    else:
        place = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return place / "chekaya-desk"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chekaya-desk", description="Poste de traitement des réclamations — مكتب معالجة الشكايات"
    )
    parser.add_argument("--server", default="", metavar="URL", help="adresse du serveur — عنوان الخادم")
    parser.add_argument(
        "--profile",
        type=Path,
        default=default_profile(),
        metavar="DIR",
        help="dossier du profil — مجلد الملف الشخصي",
    )
    parser.add_argument(
        "--recover-key",
        type=Path,
        metavar="FILE",
        help="clé récupérée par l’organisme ; son code s’écrit comme ancien mot de passe — "
        "مفتاح استرجعته الإدارة، ويُكتب رمزه مكان كلمة المرور السابقة",
    )
    parser.add_argument("--language", choices=("fr", "ar"), default="", help="langue — اللغة")
    parser.add_argument("--version", action="version", version=f"chekaya-desk {VERSION}")
    return parser


def _forbid_core_files() -> None:
    """A crash must not leave keys and citizens' words in a core file."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
