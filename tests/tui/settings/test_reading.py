"""Settings come from the file, the environment and the options; what cannot be used is a sentence with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from backend.model.problem import BadInput
from tui.settings import Loaded, Settings, load
from tui.settings.example import example
from tui.settings.lines import lines_of
from tui.settings.values import fields
from tui.settings.writing import init, set_value


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "configscope" / "themes").mkdir(parents=True)
    return tmp_path


def read(home: Path, text: str = "", environment: Mapping[str, str] | None = None, **options: Any) -> Loaded:
    """The settings of a home with this file."""
    if text:
        (home / "configscope" / "settings.toml").write_text(text, "utf-8")
    given = {name: (value, f"--{name}") for name, value in options.items()}
    return load(given, {"XDG_CONFIG_HOME": str(home), **(environment or {})})


def test_without_a_file_everything_is_as_it_comes(home: Path) -> None:
    loaded = read(home)
    assert (loaded.settings, loaded.warnings, loaded.found) == (Settings(), [], False)


def test_the_environment_goes_before_the_file_and_an_option_before_both(home: Path) -> None:
    loaded = read(
        home,
        'theme = "paper"\nbell = true\nwatch = ["a"]\n',
        {"CONFIGSCOPE_BELL": "off", "CONFIGSCOPE_WATCH": "b, c", "CONFIGSCOPE_REFRESH_SECONDS": "5"},
        watch="d",
    )
    assert not loaded.warnings
    settings = loaded.settings
    assert (settings.theme, settings.bell, settings.watch, settings.refresh_seconds) == ("paper", False, ("d",), 5)
    assert loaded.origin("theme").told() == "file, line 1"
    assert loaded.origin("bell").told() == "environment CONFIGSCOPE_BELL"
    assert loaded.origin("watch").told() == "option --watch"
    assert loaded.origin("mouse").told() == "default"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('teme = "paper"', "there is no setting “teme”; did you mean “theme”?"),
        ('theme = "papr"', "there is no theme “papr”; did you mean “paper”?"),
        ('mouse = "no"', "mouse must be true or false, not “no”."),
        ("refresh_seconds = 1", "refresh_seconds must be a whole number from 2 to 3600, not “1”."),
        ("refresh_seconds = true", "refresh_seconds must be a whole number from 2 to 3600, not “true”."),
        ('ascii = "auot"', 'ascii must be "auto", "on" or "off", not “auot”; did you mean “auto”?'),
        ('clipboard = ["tmx"]', 'clipboard must be a list of "native", "tmux" or "osc52", not “tmx”; did you mean'),
        ('landing = "steam"', "there is no pane “steam”; did you mean “stream”?"),
        ('time_offset = "+25:00"', "“+25:00” is no offset: write utc, +07:00 or -03:30."),
        ('export_folder = "/nowhere/at/all"', "“/nowhere/at/all” is no folder."),
        ("keys = 3", "“keys” must be a table: [keys]."),
    ],
)
def test_a_bad_value_is_a_sentence_with_its_line_and_the_default_holds(home: Path, line: str, said: str) -> None:
    loaded = read(home, f"# mine\n\n{line}\nbell = true\n")
    (warning,) = loaded.warnings
    assert warning.startswith("settings.toml line 3: ")
    assert said in warning
    assert loaded.settings == Settings(bell=True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"theme = \n", "settings.toml line 1: it is not TOML, so nothing of it is used: "),
        (b"\xff\xfe", "settings.toml: it is not UTF-8, so nothing of it is used."),
        (b"#" * 1_000_001, "settings.toml: it is too long to be a settings file."),
        (b"a=" + b"[" * 5000, "settings.toml"),
    ],
)
def test_a_file_that_is_none_keeps_nobody_from_starting(home: Path, data: bytes, said: str) -> None:
    (home / "configscope" / "settings.toml").write_bytes(data)
    loaded = read(home)
    assert len(loaded.warnings) == 1
    assert loaded.warnings[0].startswith(said)
    assert loaded.settings == Settings()


def test_a_bad_variable_and_a_bad_option_are_sentences_too(home: Path) -> None:
    loaded = read(home, environment={"CONFIGSCOPE_THEM": "x", "CONFIGSCOPE_MOUSE": "maybe"}, sound="on")
    assert loaded.settings == Settings()
    assert loaded.warnings == [
        "CONFIGSCOPE_MOUSE: mouse must be true or false, not “maybe”.",
        "CONFIGSCOPE_THEM: there is no such setting; did you mean “CONFIGSCOPE_THEME”?",
        "--sound: there is no setting “sound”.",
    ]


def test_a_theme_of_ones_own_can_be_set(home: Path) -> None:
    (home / "configscope" / "themes" / "mine.toml").write_text("", "utf-8")
    assert read(home, 'theme = "mine"').settings.theme == "mine"


def test_keys_are_known_by_their_dotted_names_however_they_are_written(home: Path) -> None:
    text = '[keys]\nlook.zoom = "Z"\n"look.refresh" = ["r", "f5"]\ntake.copy = ""\napp.line = ","\n'
    text += '[keys.lines]\ndown = "n"\n'
    loaded = read(home, text)
    assert {name: (wish.keys, wish.line) for name, wish in loaded.keys.items()} == {
        "look.zoom": (("Z",), 2),
        "look.refresh": (("r", "f5"), 3),
        "take.copy": ((), 4),
        "app.line": ((",",), 5),
        "lines.down": (("n",), 7),
    }


def test_lines_are_found_in_tables_and_between_comments() -> None:
    found = lines_of('a = 1\n# b = 2\n[t] # x\n"c.d" = 1\n\n[t.u]\ne . f = "="\n')
    assert found == {"a": 1, "t": 3, "t.c.d": 4, "t.u": 6, "t.u.e.f": 7}


def test_the_example_says_what_holds_anyway(home: Path) -> None:
    """With every line of it taken in, nothing changes and nothing is wrong: it cannot grow stale."""
    taken = [
        line.removeprefix("# ") if " = " in line and line.startswith("# ") else line for line in example().splitlines()
    ]
    loaded = read(home, "\n".join(line for line in taken if not line.startswith("# ")))
    assert loaded.warnings == []
    assert loaded.settings == Settings()
    assert set(loaded.origins) == {one.name for one in fields()}
    from tui.settings.keymap import Keymap, judge

    keymap = judge(loaded.keys)
    assert keymap.warnings == []
    assert (keymap.commands, keymap.lists) == (Keymap().commands, Keymap().lists)
    assert read(home, example()).settings == Settings()


def test_the_example_is_written_once_and_privately(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    init(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="is there already"):
        init(path)


def test_one_value_is_set_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    set_value(path, "theme", "paper")
    assert path.read_text() == 'theme = "paper"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('# mine\nbell = true\n\n[keys]\nlook.zoom = "Z"\n')
    set_value(path, "theme", "ember")
    set_value(path, "theme", "paper")
    assert path.read_text() == '# mine\nbell = true\n\ntheme = "paper"\n[keys]\nlook.zoom = "Z"\n'


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("theme = [\n")
    with pytest.raises(BadInput, match="is not TOML"):
        set_value(path, "theme", "paper")
    path.write_text('watch = [\n"a",\n]\n')
    with pytest.raises(BadInput, match="several lines"):
        set_value(path, "watch", ("b",))
    assert path.read_text() == 'watch = [\n"a",\n]\n'


@pytest.mark.parametrize("one", list(fields()), ids=lambda one: one.name)
def test_every_setting_has_one_sentence(one: Any) -> None:
    assert one.doc.endswith(".")
    assert len(one.doc) <= 100
