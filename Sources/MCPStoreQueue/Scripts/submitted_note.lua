#!lua
-- Notes that a principal leaves a job behind.
--
-- KEYS  sorted set of the jobs that it has left behind
-- ARGV  1 when, in microseconds by Redis' clock, 2 what there is to note, 3 milliseconds that it is kept, 4 the most that are kept
redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[3] * 1000)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(ARGV[4] + 1))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
