package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"solokv/keyspace/invariant"
	"solokv/protocol"
)

// listInput is a batch of requests; "#" in them stands for a number.
func listInput(requests ...string) (input []byte) {
	for i := range 20 * len(requests) {
		words := strings.ReplaceAll(requests[i%len(requests)], "#", fmt.Sprint(i/len(requests)))
		input = protocol.AppendCommandStrings(input, strings.Fields(words)...)
	}
	return input
}

// newListServer has a large list, and two that are packed.
func newListServer(t testing.TB) *server {
	s := newServer(t)
	for i := range 20000 {
		s.do("RPUSH", "large", fmt.Sprintf("element:%06d", i))
		s.do("RPUSH", "other", fmt.Sprintf("element:%06d", i))
	}
	s.do("RPUSH", "small", "a", "b", "c", "1", "2", "3")
	s.do("RPUSH", "few", "x")
	return s
}

// In steady state the commands of lists allocate nothing.
func TestListsDoNotAllocate(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks allocate")
	}
	s := newListServer(t)
	f := func(requests ...string) {
		t.Helper()
		input := listInput(requests...)
		round := func() {
			s.journal.records = s.journal.records[:0]
			s.client.serveInput(input)
		}
		for range 200 {
			round() // buffers and histograms get their size
		}
		assert.NotContains(t, s.client.replies.String(), "-ERR", requests)
		assert.Zero(t, testing.AllocsPerRun(200, round), "%q", requests)
	}
	f("LPUSH large element:#")
	f("RPUSH large element:#")
	f("LPOP large")
	f("RPOP large")
	f("LPUSH large element:#", "RPOP large")
	f("RPUSH large a b # d", "LPOP large 4")
	f("LRANGE large 0 10", "LRANGE large -10 -1", "LRANGE large 9000 9010")
	f("LINDEX large 0", "LINDEX large -1", "LINDEX large 9000", "LLEN large")
	f("LSET large 9000 element:#", "LSET large 0 12345678")
	s.do("LPUSH", "large", "pivot")
	f("LINSERT large BEFORE pivot new", "LREM large 1 new", "LPOS large pivot")
	f("LMOVE large other RIGHT LEFT", "RPOPLPUSH other large")
	f("LMOVE large large RIGHT LEFT", "RPOPLPUSH large large")
	f("LPUSH large a b c", "LTRIM large 3 -1")
	f("LPUSH small x y #", "LPOP small 3", "RPUSH small #", "RPOP small")
	f("LMOVE small few LEFT LEFT", "LMOVE few small LEFT LEFT", "LMOVE small small LEFT RIGHT")
	f("LRANGE small 0 -1", "LINDEX small 2", "LSET small 2 c", "LPOS small 3")
	f("LPUSH new:# a", "LPOP new:#")
	f("RPUSH small a", "BLPOP small 0")
	f("RPUSH small a b", "LMPOP 1 small LEFT COUNT 2")
}

// serveInput executes raw input without looking at the replies.
func (c *client) serveInput(input []byte) {
	b := &c.batch
	b.Reset(c.session)
	b.CopyData(input)
	for {
		first := len(b.Spans)
		var status protocol.Status
		if b.Spans, status = c.parser.Next(b.Data, b.Spans); status != protocol.Complete {
			break
		}
		b.Add(c.server.engine.Commands(), b.Data, first)
	}
	c.parser = protocol.Parser{Limits: c.parser.Limits}
	c.replies.Reset()
	c.server.engine.Serve(b)
	c.server.clock.ns += 1e6
	c.server.engine.Step()
}

// BenchmarkList measures batches of twenty requests for each one that is named.
func BenchmarkList(b *testing.B) {
	for _, requests := range [][]string{
		{"LPUSH large element:#"}, {"RPUSH large element:#"}, {"LPUSH large element:#", "RPOP large"},
		{"RPUSH large element:#", "LPOP large"}, {"LRANGE large 0 99"}, {"LINDEX large 9000"},
		{"LSET large 9000 element:#"}, {"LMOVE large other RIGHT LEFT", "RPOPLPUSH other large"},
		{"LPUSH small element:#", "RPOP small"},
	} {
		b.Run(strings.Join(requests, ","), func(b *testing.B) {
			s := newListServer(b)
			input := listInput(requests...)
			b.ReportAllocs()
			for b.Loop() {
				s.journal.records = s.journal.records[:0]
				s.client.serveInput(input)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*20*len(requests)), "ns/request")
		})
	}
}
