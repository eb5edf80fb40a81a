"""Settings: from the command line, the environment and a file, in this order; what is wrong is named; secrets stay secret."""
from pathlib import Path

import pytest

from essc.settings import BadSettings, Secret, Settings, described


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path):
    (tmp_path / "essc.toml").write_text('port = 1\nworkers = 2\nhost = "::"\n')
    settings = Settings.read({"ESSC_DATA": str(tmp_path), "ESSC_WORKERS": "3", "ESSC_HOST": "0.0.0.0"}, host="127.0.0.1", port=None)
    assert (settings.port, settings.workers, settings.host) == (1, 3, "127.0.0.1")


def test_what_one_process_read_another_reads_from_the_environment(tmp_path):
    settings = Settings.read({}, data=tmp_path, https=True, database_url=Secret("postgresql://u:p@/d"), province_urls={"450000": "http://a"})
    assert Settings.read(settings.environment()) == settings


@pytest.mark.parametrize(("environment", "what"), [
    ({"ESSC_PORT": "eighty"}, "ESSC_PORT is a whole number"),
    ({"ESSC_PORT": "70000"}, "port"),
    ({"ESSC_HTTPS": "perhaps"}, "ESSC_HTTPS is yes or no"),
    ({"ESSC_SUITE": "rot13"}, "suite"),
    ({"ESSC_CONFIG": "/nowhere/essc.toml"}, "no such file"),
])
def test_a_wrong_value_is_refused_by_name(environment, what):
    with pytest.raises(BadSettings, match=what):
        Settings.read(environment)


@pytest.mark.parametrize(("text", "what"), [("prot = 1", "prot"), ("port = ", "not TOML"), ('port = "1"', "port")])
def test_a_wrong_file_is_refused(tmp_path, text, what):
    (tmp_path / "essc.toml").write_text(text)
    with pytest.raises(BadSettings, match=what):
        Settings.read({"ESSC_DATA": str(tmp_path)})


def test_a_secret_shows_itself_nowhere(tmp_path):
    settings = Settings.read({"ESSC_DATABASE_URL": "postgresql://u:hidden@/d"}, data=tmp_path)
    assert "hidden" not in repr(settings) + str(settings) + f"{settings.database_url}"
    assert settings.database_url is not None
    assert settings.database_url.reveal().endswith("/d")


def test_every_setting_has_a_meaning():
    assert all(setting.meaning.endswith(".") and setting.variable == f"ESSC_{setting.name.upper()}" for setting in described())


@pytest.mark.parametrize(("given", "url"), [
    ({}, "http://localhost:8000"), ({"https": True, "port": 1}, "https://localhost:1"), ({"public_url": "https://card.example/"}, "https://card.example"),
])
def test_the_address_of_an_installation(given, url):
    assert Settings.read({}, data=Path("/nowhere"), **given).url == url
