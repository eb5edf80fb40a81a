"""Cursors: a place in a list, read back exactly, or refused."""
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.kit.paging import CursorInvalid, Page, cursor, cut, opened

WHEN, WHO = datetime(2026, 11, 20, 2, 0, tzinfo=UTC), UUID(int=7)


def test_a_cursor_reads_back_to_the_very_place() -> None:
    assert opened(cursor(WHEN, WHO), tuple[datetime, UUID]) == (WHEN, WHO)
    assert Page(cursor=cursor(WHEN, WHO)).after(tuple[datetime, UUID]) == (WHEN, WHO)
    assert Page().after(tuple[datetime, UUID]) is None


@pytest.mark.parametrize("text", ["", "A", "%%%", "AAAA", cursor(1), cursor(WHEN), cursor(WHO, WHEN), cursor(WHEN, WHO)[:-3], cursor(WHEN, WHO) + "AAAA"])
def test_a_cursor_of_another_list_or_of_nobody_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        opened(text, tuple[datetime, UUID])


@given(st.text(max_size=100))
def test_whatever_stands_in_a_cursor_is_a_place_or_a_refusal(text: str) -> None:
    try:
        assert isinstance(opened(text, tuple[int]), tuple)
    except CursorInvalid as refused:
        assert refused.fields[0].field == "cursor"


@pytest.mark.parametrize(("found", "limit", "items", "more"), [([], 2, [], False), ([1, 2], 2, [1, 2], False), ([1, 2, 3], 2, [1, 2], True)])
def test_the_row_too_many_only_says_that_there_is_more(found: list[int], limit: int, items: list[int], more: bool) -> None:
    page = cut(found, Page(limit=limit), lambda row: (row,), lambda row: row)
    assert (page.items, page.next_cursor) == (items, cursor(items[-1]) if more else None)
