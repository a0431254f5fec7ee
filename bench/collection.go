package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// collectionLoad is a load on lists, hashes, sets, sorted sets or streams.
type collectionLoad struct {
	name    string
	request request
	prepare []string // a command that makes what the load reads
}

const rangeElements = 600

// collectionLoads are those of redis-benchmark, and a few that it lacks. Pops follow pushes. Elements are numbers of
// twelve digits, drawn from as many as there are keys; one collection takes the load.
func collectionLoads() []collectionLoad {
	element := "element:" + randomKey
	list := append([]string{"RPUSH", "range"}, strings.Fields(strings.Repeat(loadValue+" ", rangeElements))...)
	loads := []collectionLoad{
		{name: "lpush", request: request{words: []string{"LPUSH", "list", loadValue}}},
		{name: "rpush", request: request{words: []string{"RPUSH", "list", loadValue}}},
		{name: "lpush-lpop", request: request{words: []string{"LPUSH", "queue", loadValue}, next: []string{"LPOP", "queue"}}},
		{name: "lpush-rpop", request: request{words: []string{"LPUSH", "queue", loadValue}, next: []string{"RPOP", "queue"}}},
		{name: "sadd", request: request{words: []string{"SADD", "set", element}}},
		{name: "sadd-spop", request: request{words: []string{"SADD", "bag", element}, next: []string{"SPOP", "bag"}}},
		{name: "hset", request: request{words: []string{"HSET", "hash", element, loadValue}}},
		{name: "hget", request: request{words: []string{"HGET", "hash", element}}},
		{name: "zadd", request: request{words: []string{"ZADD", "zset", randomKey, element}}},
		{name: "zscore", request: request{words: []string{"ZSCORE", "zset", element}}},
		{name: "zadd-zpopmin", request: request{words: []string{"ZADD", "heap", randomKey, element},
			next: []string{"ZPOPMIN", "heap"}}},
		{name: "xadd", request: request{words: []string{"XADD", "stream", "MAXLEN", "~", "10000", "*", "field", loadValue}}},
	}
	for _, n := range []int{100, 300, 500, 600} {
		loads = append(loads, collectionLoad{name: "lrange" + strconv.Itoa(n), prepare: list,
			request: request{words: []string{"LRANGE", "range", "0", strconv.Itoa(n - 1)}}})
	}
	return loads
}

// collectionRows puts them to the servers at the usual pipeline depths.
func collectionRows(s settings) []row {
	var list []row
	for _, c := range collectionLoads() {
		for _, pipeline := range []int{64, 16, 1} {
			if pipeline == 1 && len(c.request.next) > 0 {
				continue // two commands are a pipeline
			}
			l := load{request: c.request, connections: clientsUsual, pipeline: pipeline}
			r := closedRow(s, fmt.Sprintf("%s-p%d", c.name, pipeline), setup{keys: keysFew}, l)
			if len(c.prepare) > 0 {
				r.measure = prepared(c.prepare, r.measure)
			}
			list = append(list, r)
		}
	}
	return list
}

type measurement func(context.Context, *server) (sample, error)

// prepared makes what a load reads, once for each measurement.
func prepared(command []string, then measurement) measurement {
	return func(ctx context.Context, target *server) (sample, error) {
		if _, err := target.control.do("DEL", command[1]); err != nil {
			return nil, err
		}
		if _, err := target.control.do(command...); err != nil {
			return nil, err
		}
		return then(ctx, target)
	}
}
