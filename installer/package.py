"""Builds `dist/chekaya-desk_VERSION_ARCH.deb`: the desk as PyInstaller makes it, with its menu entry.

Run by `make package`. The same spec makes the Windows folder; only the Debian wrapping is here.
"""

import gzip
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PARTS = ROOT / "installer" / "debian"
NAME = "chekaya-desk"
ICON_SIZES = (16, 32, 48, 64, 128, 256)

# Qt's own list of what its wheels leave to the system, and the input method and printing of an office PC.
DEPENDS = (
    "libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "libfontconfig1",
    "libfreetype6", "libglib2.0-0 | libglib2.0-0t64", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1",
    "libxcb-shape0", "libxcb-render-util0", "libxcb-image0", "libx11-xcb1",
)  # fmt: skip
RECOMMENDS = ("cups-client", "gnome-keyring | kwalletmanager | keepassxc")


def version() -> str:
    """The version in pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def freeze() -> Path:
    """Run PyInstaller; gives the folder with the program."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(BUILD / "dist"), "--workpath", str(BUILD / "work")]
    subprocess.run([*command, str(ROOT / "installer" / f"{NAME}.spec")], check=True, cwd=ROOT)
    return BUILD / "dist" / NAME


def lay_out(program: Path) -> Path:
    """The tree that the package unpacks to."""
    tree = BUILD / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    inside = tree / "usr" / "lib" / NAME
    shutil.copytree(program, inside, symlinks=True)
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    share = tree / "usr" / "share"
    _put(PARTS / f"{NAME}.desktop", share / "applications" / f"{NAME}.desktop")
    _put(PARTS / f"{NAME}.toml", tree / "etc" / f"{NAME}.toml")
    _put(ROOT / "LICENSE", share / "doc" / NAME / "copyright")
    _press(ROOT / "CHANGELOG.md", share / "doc" / NAME / "changelog.gz")
    page = (PARTS / f"{NAME}.1").read_text("utf-8").replace("@VERSION@", version())
    _press_text(page, share / "man" / "man1" / f"{NAME}.1.gz")
    _icons(share / "icons" / "hicolor")
    return tree


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _press(source: Path, target: Path) -> None:
    _press_text(source.read_text("utf-8"), target)


def _press_text(text: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _icons(folder: Path) -> None:
    """The drawing itself, and pictures of it for menus that take no drawings."""
    drawing = ROOT / "resources" / "icons" / "application" / f"{NAME}.svg"
    _put(drawing, folder / "scalable" / "apps" / f"{NAME}.svg")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(drawing))
    for size in ICON_SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        target = folder / f"{size}x{size}" / "apps" / f"{NAME}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(target)):
            raise OSError(f"cannot write {target}")
    del application


def describe(tree: Path) -> None:
    """DEBIAN/control and the list of configuration files."""
    size = sum(one.stat().st_size for one in tree.rglob("*") if one.is_file() and not one.is_symlink())
    # What is frozen here runs where the C library is at least as new as here.
    depends = (f"libc6 (>= {platform.libc_ver()[1]})", *DEPENDS)
    lines = (
        f"Package: {NAME}",
        f"Version: {version()}",
        f"Architecture: {architecture()}",
        "Maintainer: Chekaya <chekaya@localhost>",
        "Section: misc",
        "Priority: optional",
        f"Installed-Size: {size // 1024}",
        f"Depends: {', '.join(depends)}",
        f"Recommends: {', '.join(RECOMMENDS)}",
        "Description: complaints desk of public administrations",
        " Agents work their queues of citizens' complaints, answer and reassign, with or without a network.",
        " Arabic and French; local data is encrypted; nothing typed is lost.",
        "",
    )
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "control").write_text("\n".join(lines), "utf-8")
    (control / "conffiles").write_text(f"/etc/{NAME}.toml\n", "utf-8")


def architecture() -> str:
    """As dpkg calls this machine."""
    asked = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True)
    return asked.stdout.strip()


def wrap(tree: Path) -> Path:
    """The .deb, everything owned by root and readable by all, whoever builds it."""
    for one in (tree, *tree.rglob("*")):
        if not one.is_symlink():
            runs = one.is_dir() or (one.name == NAME and one.parent.name == NAME)
            one.chmod(0o755 if runs else 0o644)
    target = ROOT / "dist" / f"{NAME}_{version()}_{architecture()}.deb"
    target.parent.mkdir(exist_ok=True)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return target


def main() -> int:
    """Build and say where the package is."""
    if shutil.which("dpkg-deb") is None:
        print("dpkg-deb is missing: a Debian package is built on Debian or Ubuntu.")
        return 2
    print("Freezing the desk …", flush=True)
    tree = lay_out(freeze())
    describe(tree)
    print("Packing …", flush=True)
    target = wrap(tree)
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
