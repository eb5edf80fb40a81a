"""The four invariants of the founding texts, whatever the order of operations: 一一对应, 唯一映射, 状态相同, 功能相通.

A machine does to one person what provinces, channels and the person can do, in any order, on a real database, and keeps a simple
account of its own of how everything should stand.
"""
import asyncio
from datetime import timedelta

import asyncpg
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from essc.cards import queries as cards
from essc.cards.model import MOVES, State
from essc.ecards import actions, queries
from essc.ecards.model import Freeze, Standing
from essc.identity.model import Purpose
from essc.kit.db.checks import prove
from essc.kit.db.tx import SYSTEM, Tx
from essc.kit.errors import Refused
from tests.conftest import NOW
from tests.ecards.house import HASHED, applied, carded, channel, linked, moved, proof, replaced
from tests.sandbox.people import somebody

CHANNELS = tuple(channel() for _ in range(3))
TELLS = {State.LOST: Standing.LOST, State.TEMPORARILY_LOST: Standing.TEMP_LOST, State.LOCKED: Standing.LOCKED, State.SEALED: Standing.SEALED,
         State.CANCELLED: Standing.CANCELLED, State.NOT_ENABLED: Standing.NOT_ENABLED}


class OnePerson(RuleBasedStateMachine):
    """`numbers` are the person's cards, `states` how each stands, `asked` whether a loss was asked for, `frozen` which e-cards are."""

    def __init__(self, url, keys):
        super().__init__()
        self.runner = asyncio.Runner()
        self.conn = self.do(asyncpg.connect(url))
        self.transaction = self.conn.transaction()
        self.do(self.transaction.start())
        self.tx = Tx(self.conn, now=NOW, actor=SYSTEM, keys=keys, request_id="req_machine")
        self.who = somebody()
        self.numbers, self.states, self.asked = [self.who.card_number], {self.who.card_number: State.ACTIVE}, False
        self.links, self.dead, self.frozen, self.epochs = {}, {}, set(), {}
        self.holder_id = self.do(carded(self.tx, self.who)).holder_id

    def do(self, work):
        return self.runner.run(work)

    def attempt(self, work):
        """Do it as an edge does, a minute later: all of it or nothing. Gives what came of it, or the refusal."""
        async def whole():
            async with self.conn.transaction():
                return await work
        self.tx.now += timedelta(minutes=1)
        try:
            return self.do(whole())
        except Refused as refused:
            return refused

    @property
    def newest(self):
        """The card that counts, by the person's own account."""
        return self.numbers[-1]

    def replaced(self, number):
        return number != self.newest

    def expected(self, link):
        number = self.links[link.id]
        if link.id in self.dead:
            return Standing.UNLINKED
        if self.replaced(number):
            return Standing.REPLACED
        if self.states[number] is not State.ACTIVE:
            return TELLS[self.states[number]]
        return Standing.FROZEN if self.asked or link.ecard_id in self.frozen else Standing.LEVEL1

    def live(self):
        return [link for link in self.links if link not in self.dead]

    def may_issue(self, on):
        clean = all(self.links[one] == self.newest for one in self.live())
        return clean and self.states[self.newest] is State.ACTIVE and on not in {self.do(queries.link(self.tx, one)).channel_id for one in self.live()}

    @rule(on=st.sampled_from(CHANNELS))
    def apply(self, on):
        allowed = self.may_issue(on) and not self.live()
        outcome = self.attempt(applied(self.tx, self.who, on))
        assert isinstance(outcome, Refused) != allowed, (outcome, allowed)
        self.note(outcome)

    @rule(on=st.sampled_from(CHANNELS))
    def link(self, on):
        allowed = self.may_issue(on) and bool(self.live())
        outcome = self.attempt(linked(self.tx, self.who, on))
        assert isinstance(outcome, Refused) != allowed, (outcome, allowed)
        self.note(outcome)

    def note(self, outcome):
        if not isinstance(outcome, Refused):
            self.links[outcome[1].id] = self.newest

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def unlink(self, data):
        one = data.draw(st.sampled_from(sorted(self.live())))
        assert not isinstance(self.attempt(actions.unlink(self.tx, one, "face")), Refused)
        self.dead[one] = self.tx.now

    @rule(data=st.data())
    def the_province_moves_the_card(self, data):
        targets = sorted({target for (was, _), target in MOVES.items() if was is self.states[self.newest] and target is not State.CANCELLED})
        if targets:
            state = data.draw(st.sampled_from(targets))
            assert not isinstance(self.attempt(moved(self.tx, self.who, state, card_number=self.newest)), Refused)
            self.states[self.newest], self.asked = state, False

    @precondition(lambda self: len(self.numbers) < 3)
    @rule()
    def the_province_replaces_the_card(self):
        number = somebody().card_number
        assert not isinstance(self.attempt(replaced(self.tx, self.who, number)), Refused)
        self.states[self.newest] = State.CANCELLED
        self.numbers.append(number)
        self.states[number], self.asked = State.ACTIVE, False

    @rule()
    def an_ecard_is_made_with_the_card(self):
        card = self.do(cards.by_number(self.tx, self.newest))
        assert not isinstance(self.attempt(actions.issue_with_card(self.tx, card.id)), Refused)

    def ecard(self):
        return self.do(queries.of_holder(self.tx, self.holder_id))

    @precondition(lambda self: self.ecard())
    @rule(why=st.sampled_from([Freeze.HOLDER, Freeze.NOT_ME]))
    def freeze(self, why):
        ecard = self.ecard()
        if not isinstance(self.attempt(actions.freeze(self.tx, ecard.id, why)), Refused):
            self.frozen.add(ecard.id)

    @precondition(lambda self: self.ecard())
    @rule()
    def unfreeze(self):
        ecard = self.ecard()
        given = self.do(proof(self.tx, self.holder_id))
        outcome = self.attempt(actions.unfreeze(self.tx, ecard.id, given, self.who.number))
        assert isinstance(outcome, Refused) == (ecard.id not in self.frozen)
        self.frozen.discard(ecard.id)

    @precondition(lambda self: self.links)
    @rule()
    def reset(self):
        given = self.do(proof(self.tx, self.holder_id, Purpose.RESET))
        self.attempt(actions.reset_password(self.tx, self.ecard().id, given, self.who.number, HASHED))

    @precondition(lambda self: self.live() and self.states[self.newest] is State.ACTIVE and not self.asked)
    @rule()
    def the_holder_reports_a_loss(self):
        ecard = self.ecard()
        outcome = self.attempt(actions.report_loss(self.tx, ecard.id))
        self.asked = not isinstance(outcome, Refused)
        assert self.asked == (self.do(cards.get(self.tx, ecard.card_id)).id == self.do(cards.by_number(self.tx, self.newest)).id)

    @invariant()
    def every_link_stands_as_its_card_says(self):
        for link_id in self.links:
            found = self.do(queries.standings(self.tx, link_id))
            assert found.standing is self.expected(found.link), (found.standing, self.expected(found.link))
            assert not found.standing.usable or found.card.state is State.ACTIVE
            epoch = found.card.version + found.ecard.version + found.link.version
            assert epoch >= self.epochs.get(link_id, 0)
            self.epochs[link_id] = epoch

    @invariant()
    def all_live_links_are_of_one_ecard_and_stand_alike(self):
        found = [self.do(queries.standings(self.tx, link_id)) for link_id in self.live()]
        assert len({(one.ecard.id, one.standing) for one in found}) <= 1
        assert len({one.link.slot for one in found}) == len(found)

    @invariant()
    def the_database_agrees(self):
        assert all(finding.holds for finding in self.do(prove(self.tx, queries.CHECKS)))

    def teardown(self):
        self.do(self.transaction.rollback())
        self.do(self.conn.close())
        self.runner.close()


def test_whatever_the_order_the_four_invariants_hold(pg, keys):
    url = pg.url(asyncio.run(pg.create()))
    often = settings(settings(), max_examples=max(5, settings().max_examples // 5), stateful_step_count=20)
    run_state_machine_as_test(lambda: OnePerson(url, keys), settings=often)
