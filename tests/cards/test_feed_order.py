"""Whatever the order in which a province's events arrive, the mirror ends as if they had come in order."""
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from essc.cards import actions, queries
from essc.kit.db.checks import prove
from tests.cards.rows import card_number, event, issue

LEADS = {
    "not_enabled": ("active", "cancelled"), "active": ("temporarily_lost", "lost", "locked", "sealed", "cancelled"),
    "temporarily_lost": ("lost", "active", "cancelled"), "lost": ("active", "cancelled"), "locked": ("active", "cancelled"),
    "sealed": ("active", "cancelled"), "cancelled": (),
}


class Office:
    """A card office in a few lines: one person's cards, numbered moves, and the rule that enabling a newer card stops the older ones."""

    def __init__(self):
        self.state, self.last, self.events, self.replaced = {}, {}, [], set()

    def issue(self):
        serial = len(self.state) + 1
        self.events.append(issue(self._number(), serial, person=1, issued_on=f"20{serial + 10}-01-01"))
        self.state[serial], self.last[serial] = "not_enabled", len(self.events)

    def move(self, serial, pick):
        towards = LEADS[self.state[serial]]
        if not towards or serial in self.replaced:
            return
        state = str(towards[pick % len(towards)])
        self.events.append(event(self._number(), self.last[serial], state, serial))
        self.last[serial] = len(self.events)
        self.state[serial] = state
        if state == "active":
            for older in range(1, serial):
                self.state[older] = "cancelled"
                self.replaced.add(older)

    def _number(self):
        return len(self.events) + 1


STEP = st.tuples(st.integers(0, 3), st.integers(0, 9))


def story(steps):
    """A story of up to three cards; step (0, …) issues a card, (n, pick) moves card n."""
    office = Office()
    office.issue()
    for serial, pick in steps:
        if serial == 0 and len(office.state) < 3:
            office.issue()
        elif serial in office.state:
            office.move(serial, pick)
    return office


async def tell(tx, events, size):
    """Deliver events in messages of `size`, minutes apart, until nothing waits for its time; gives the end of every card."""
    now = tx.now
    for at in range(0, len(events), size):
        now += timedelta(minutes=2)
        await actions.report(later(tx, now), "450000", events[at:at + size], demonstration=True)
    while await actions.follow_held(later(tx, now := now + timedelta(minutes=2))):
        pass
    assert [f.broken for f in await prove(tx, queries.CHECKS) if not f.holds] == []
    cards = [await queries.by_number(tx, card_number(serial)) for serial in (1, 2, 3)]
    return [card and (card.state.value, card.replaced) for card in cards]


def later(tx, now):
    return type(tx)(tx.conn, now=now, actor=tx.actor, keys=tx.keys)


async def alone(tx, events, size):
    """The end of a story in a world of its own."""
    savepoint = tx.conn.transaction()
    await savepoint.start()
    try:
        return await tell(tx, events, size)
    finally:
        await savepoint.rollback()


@st.composite
def stories(draw):
    """An office with its story, its events in any order with some of them twice, one of them, and a size of messages."""
    office = story(draw(st.lists(STEP, max_size=12)))
    again = draw(st.lists(st.sampled_from(office.events), max_size=4))
    return office, draw(st.permutations(office.events + again)), draw(st.sampled_from(office.events)), draw(st.integers(1, 4))


@given(told=stories())
async def test_any_order_ends_like_the_right_order(tx, told):
    office, shuffled, _, size = told
    in_order = await alone(tx, office.events, 1)
    assert await alone(tx, shuffled, size) == in_order
    assert [end[0] for end in in_order if end] == list(office.state.values())
    assert {serial for serial, end in enumerate(in_order, 1) if end and end[1]} == office.replaced


@given(told=stories())
async def test_a_lost_event_stops_its_own_card_only_until_it_is_sent_again(tx, told):
    office, _, lost, size = told
    kept = [one for one in office.events if one is not lost]
    in_order = await alone(tx, office.events, 1)
    assert await alone(tx, [*kept, lost], size) == in_order
