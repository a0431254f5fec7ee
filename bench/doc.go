// Command bench compares SoloKV with the Redis-compatible servers found beside it, under the same loads and in one run.
//
//	make bench                                        everything, about half an hour with two peers
//	go run ./bench -quick -rows 'get|set'             a few minutes
//	go run ./bench -peer 'valkey=/usr/bin/valkey-server' -peer 'redis8=chroot /srv/sid redis-server'
//	go run ./bench -alone                             without peers
//	go run ./bench -list                              the names that -rows picks from
//
// Terminology: a contender is a program in the comparison, and a peer is a contender that is not SoloKV. A row is one
// question (such as: GET, pipeline 16, 50 connections). A sample is what one measurement of one row on one server
// gave: a value per metric.
//
// How a figure comes about, and why it can be trusted:
//
//   - Absolute figures drift with the machine, so nothing is compared across runs. The servers of a row are up at the
//     same time and measured alternately (A B C A B C ...), and the table shows the median of the rounds per metric.
//   - Servers and client have cores of their own: a server that shared its core with the generator would be measured
//     by the scheduler. Server CPU per request stands beside throughput, because without pipelining the generator's
//     own system calls are often the limit.
//   - The generator must not be the bottleneck: one epoll loop per client core, requests prepared as bytes, random
//     keys patched in place, replies counted without decoding. -with-redis-benchmark asks redis-benchmark the same
//     questions as a second opinion.
//   - Closed-loop loads (each connection waits for its replies) find the maximum throughput. Their latencies hide
//     waiting: a stalled server is simply asked less. Tail latencies are therefore measured by the open loop, where
//     requests are due at instants drawn beforehand and latency counts from the instant at which a request was due.
//   - A virtual machine may have a quota of processor time, which its emulated disk and a generator that polls use up
//     too. Then all of its processors stand still for some milliseconds, until the same instant of each 100 ms. That is
//     in the figures, mostly in those of saving, for all servers alike; a trace of both cores (sched_switch and system
//     calls) shows it: nothing at all happens on a busy core until that instant.
//   - An error reply, a closed connection or a missing reply fails the measurement; it is reported instead of a figure.
//
// Where to start reading: row.go (what is measured), comparison.go (in what order), load.go, loop.go and openloop.go
// (the generator), server.go (start, pin, stop), report.go and picture.go (what is written).
//
// The package is a client. Of the project it imports protocol only, and it learns about servers over their sockets
// and from /proc. Everything it waits for has a bound, and every server it started is ended by its process id,
// also after an error or an interrupt.
package main
