"""Signed notes and checkpoints, against a note of the format's own documentation."""
import pytest

from essc.audit.model.note import SM2, BadNote, Checkpoint, NoteKey, checkpoint, opened, signed
from essc.kit.crypto import Algorithm, PrivateKey
from tests.audit.press import ORIGIN, Ink, root

NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = ("If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n")


def test_a_note_of_the_wild_opens_with_its_key():
    key = NoteKey.parse(NEUMANN)
    assert opened(NOTE, [key]).endswith("your problem is.\n")
    assert key.text() == NEUMANN


def test_a_checkpoint_reads_back():
    ink = Ink()
    note = ink.note(5, root([b"x" * 32]))
    assert checkpoint(note, [ink.key]) == Checkpoint(ORIGIN, 5, b"x" * 32)
    assert checkpoint(note, [Ink(2).key, ink.key]).size == 5


def test_signatures_of_strangers_beside_ours_do_not_matter():
    ours, theirs = Ink(), Ink(2).note(5, b"x" * 32)
    note = ours.note(5, b"x" * 32) + theirs.rpartition("\n\n")[2]
    assert checkpoint(note, [ours.key]).size == 5


def test_the_national_suite_signs_checkpoints_too():
    private = PrivateKey(Algorithm.SM2, bytes([7]) * 32)
    key = NoteKey(ORIGIN, SM2, private.public)
    text = Checkpoint(ORIGIN, 3, b"r" * 32).text()
    note = signed(text, key, private.sign(text.encode()))
    assert checkpoint(note, [NoteKey.parse(key.text())]).size == 3
    with pytest.raises(BadNote):
        checkpoint(note.replace("\n3\n", "\n4\n"), [key])


@pytest.mark.parametrize("change", [
    lambda note: note.replace("\n5\n", "\n6\n"),
    lambda note: note.replace("\u2014", "-"),
    lambda note: note[:-20] + "A" * 18 + "==\n"[-2:],
    lambda note: note.replace("\n\n", "\n"),
    lambda note: "",
    lambda note: note.replace("log.example", "log.other", 1),
    lambda note: note + "\u0007",
], ids=["size", "dash", "signature", "blank line", "empty", "origin", "control"])
def test_a_changed_note_is_not_believed(change):
    ink = Ink()
    with pytest.raises(BadNote):
        checkpoint(change(ink.note(5, b"x" * 32)), [ink.key])


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AQ==", NEUMANN.replace("c74f", "c74e"), NEUMANN.replace("+ARpc", "+BRpc")])
def test_what_is_not_a_key_is_refused(text):
    with pytest.raises(BadNote):
        NoteKey.parse(text)


@pytest.mark.parametrize("text", ["o\n5\n", "o\n05\nAAAA\n", "o\n-1\nAAAA\n", "\n5\nAAAA\n", "o\n5\n***\n", "o\n\u0665\nAAAA\n"])
def test_what_is_not_a_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        Checkpoint.parse(text)
