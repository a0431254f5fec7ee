package keyspace_test

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/protocol"
)

// unfit are commands that reach beyond the engine, or make the server useless
// for what follows.
var unfit = []string{"config", "debug", "shutdown"}

// FuzzServe executes what it is given, a request a line, and then looks whether
// all memory comes back. Built with -tags invariants it also finds writes to
// freed blocks and handlers that keep arguments. Four lines are more than that:
//
//	!xxx      time passes, the longer the line the more
//	@         opens a snapshot, or reads and closes it
//	~bytes    the rest of the line is sent as it is
//	word ...  an unknown word stands for some command, so that mutations of a
//	          name are not wasted
func FuzzServe(f *testing.F) {
	f.Add("SET a 1 EX 10 NX\nGET a\nINCR a\nAPPEND a xyz\nGETRANGE a 0 -1\n!!!!\nTTL a\nDEL a")
	f.Add("MSET a 1 b 2 c 3\n@\nSETRANGE a 5 x\nRENAME a b\nCOPY b d DB 1\nMOVE c 1\n@\nSWAPDB 0 1\nSCAN 0 MATCH * COUNT 10")
	f.Add("SET k v PX 5\n@\nPERSIST k\nPEXPIRE k 3 GT\n!!!!!!!!\nFLUSHALL\n@\nOBJECT ENCODING k")
	f.Add("HELLO 3\nCLIENT REPLY SKIP\nPING\nCLIENT LIST\nRESET\nSELECT 3\nLCS a b IDX\nINFO\nCOMMAND DOCS get")
	f.Add("~*1\r\n$4\r\nPING\r\n\nCLIENT PAUSE 100 ALL\nGET a\n!!!!!!!!!!!!!!!\nQUIT\nGET a")
	r := traffic{rand.New(rand.NewSource(1)), 20}
	for range 10 {
		var lines []string
		for range 40 {
			lines = append(lines, strings.Join(r.next(), " "))
		}
		f.Add(strings.Join(lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, script string) {
		s := newServer(t, &recorder{})
		flushed := func() int64 {
			s.on(func(c *keyspace.Ctx) {
				for _, db := range s.DBs() {
					c.Flush(db)
				}
			})
			s.advance(200 * time.Millisecond)
			return s.Memory().Arena.Used
		}
		empty := flushed()
		var snapshot *keyspace.Snapshot
		var want dataset
		toggle := func(c *keyspace.Ctx) {
			if snapshot == nil {
				want, snapshot = copyOf(s), c.OpenSnapshot()
				return
			}
			require.NoError(t, want.differs(walk(snapshot)))
			c.CloseSnapshot(snapshot)
			snapshot = nil
		}
		lines := strings.Split(script, "\n")
		for _, line := range lines[:min(len(lines), 200)] {
			switch {
			case line == "":
			case line[0] == '!':
				s.advance(time.Duration(min(len(line), 100)) * 7 * time.Millisecond)
			case line[0] == '@':
				s.on(toggle)
			case line[0] == '~':
				s.client.send([]byte(line[1:]))
			default:
				s.client.send(s.requestOf(line))
			}
			if s.client.closed {
				s.Gone(s.client.session)
				s.client = s.connect()
			}
		}
		if snapshot != nil {
			s.on(toggle)
		}
		require.Equal(t, empty, flushed(), "bytes are left")
	})
}

// requestOf makes a line a request.
func (s *server) requestOf(line string) []byte {
	words := bytes.Split([]byte(line), []byte(" "))
	if s.Commands().Lookup(words[0]) == nil {
		all := s.Commands().All()
		sum := 0
		for _, b := range words[0] {
			sum += int(b)
		}
		words[0] = []byte(all[sum%len(all)].Name)
	}
	for _, name := range unfit {
		if strings.EqualFold(string(words[0]), name) {
			words[0] = []byte("get")
		}
	}
	return protocol.AppendCommand(nil, words...)
}
