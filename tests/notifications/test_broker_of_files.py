"""`make run` has no Redis: the worker finds its tasks as files in a folder."""

from queue import Empty

import pytest

from portal.celery import app


@pytest.fixture
def channel(tmp_path):
    options = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), str(tmp_path))
    with app.connection("filesystem://localhost", transport_options=options) as connection:
        yield connection.default_channel


def test_a_message_is_taken_once(channel):
    channel._put("celery", {"body": "åäö"})

    assert channel._get("celery") == {"body": "åäö"}
    with pytest.raises(Empty):
        channel._get("celery")


def test_a_message_cannot_be_taken_before_it_is_written(channel):
    class LooksMeanwhile:
        def __json__(self):
            with pytest.raises(Empty):
                channel._get("celery")
            return "whole"

    channel._put("celery", {"body": LooksMeanwhile()})

    assert channel._get("celery") == {"body": "whole"}
