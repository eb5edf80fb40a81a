"""The outbox: what happened is a row in the transaction that made it happen; afterwards everyone who wants to know hears it.

Delivered at least once, applied once. Order is no promise: a subscriber looks at versions, not at who came first.
A room's jobs.py declares `jobs = Subscribers("room")` and decorates its functions; the worker runs one `Pump` over all of them.
"""
from essc.kit.outbox.earlier import hear_earlier
from essc.kit.outbox.pump import Pump
from essc.kit.outbox.store import CHECKS, Backlog, again, backlog, waiting
from essc.kit.outbox.subscribers import Delivery, Heard, Periodic, Subscribers, Subscription, heard

__all__ = ["CHECKS", "Backlog", "Delivery", "Heard", "Periodic", "Pump", "Subscribers", "Subscription", "again", "backlog", "hear_earlier", "heard", "waiting"]
