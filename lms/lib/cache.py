"""A cache that is away is a miss: correctness and sign-in never depend on it."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger("cache")


class ForgivingRedisCache(RedisCache):
    """Redis cache whose errors are misses (reads give the default, writes do nothing)."""

    def _try(self, call: Callable[[], Any], fallback: Any) -> Any:
        try:
            return call()
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=type(error).__name__)
            return fallback

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).add(key, value, *args, **kwargs), True)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(key, value, *args, **kwargs), None)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).touch(key, *args, **kwargs), False)

    def delete(self, key: Any, version: Any = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).set_many(data, *args, **kwargs), [])

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta)

    def has_key(self, key: Any, version: Any = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)
