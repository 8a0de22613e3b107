"""What every bus must do."""

from __future__ import annotations

import asyncio

import pytest

from app.storage.bus import Bus, Subscription

pytestmark = pytest.mark.anyio


async def has_news(subscription: Subscription) -> bool:
    """Whether ``wait`` would return at once."""
    try:
        async with asyncio.timeout(0):
            await subscription.wait()
    except TimeoutError:
        return False
    return True


async def test_every_subscriber_of_the_study_hears(bus: Bus) -> None:
    with bus.subscribe("1.2") as one, bus.subscribe("1.2") as two, bus.subscribe("1.9") as other:
        await bus.publish("1.2")
        await one.wait()
        await two.wait()
        assert not await has_news(other)


async def test_any_number_of_words_is_one_for_who_is_slow(bus: Bus) -> None:
    with bus.subscribe("1.2") as slow:
        for _ in range(1000):
            await bus.publish("1.2")
        await slow.wait()
        assert not await has_news(slow)
        await bus.publish("1.2")
        await slow.wait()


async def test_who_left_is_forgotten(bus: Bus) -> None:
    with bus.subscribe("1.2") as gone:
        pass
    await bus.publish("1.2")
    assert not await has_news(gone)
