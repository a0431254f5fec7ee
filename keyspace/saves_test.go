package keyspace_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
)

// fakeSaver keeps what it is asked for until the test ends it.
type fakeSaver struct {
	snapshot *keyspace.Snapshot
	ended    func(error)
	log      []string
	err      error // of SaveNow and BeginRewrite
}

func (f *fakeSaver) SaveNow(s *keyspace.Snapshot) error {
	keys := 0
	for db := range s.DBs() {
		s.Each(db, func(keyspace.FrozenItem) bool { keys++; return true })
	}
	f.log = append(f.log, fmt.Sprint("now ", keys))
	return f.err
}

func (f *fakeSaver) Save(s *keyspace.Snapshot, ended func(error)) {
	f.log, f.snapshot, f.ended = append(f.log, "save"), s, ended
}

func (f *fakeSaver) BeginRewrite() error {
	f.log = append(f.log, "begin")
	return f.err
}

func (f *fakeSaver) Rewrite(s *keyspace.Snapshot, ended func(error)) {
	f.log, f.snapshot, f.ended = append(f.log, "rewrite"), s, ended
}

func newSavingServer(t *testing.T, directives ...string) (*server, *fakeSaver) {
	s, saver := newServer(t, &recorder{}, directives...), &fakeSaver{}
	s.SetSaver(saver)
	return s, saver
}

func (s *server) end(saver *fakeSaver, err error) {
	saver.ended(err)
	s.settle()
}

func (s *server) info(name string) string {
	for _, line := range strings.Split(s.do("INFO", "persistence"), "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	return "?"
}

func TestSaves(t *testing.T) {
	s, saver := newSavingServer(t, "--save", "")
	s.do("SET", "a", "1")
	require.Equal(t, "1", s.info("rdb_changes_since_last_save"))
	require.Equal(t, "+Background saving started\r\n", s.do("BGSAVE"))
	require.Equal(t, "1", s.info("rdb_bgsave_in_progress"))
	require.Equal(t, "-ERR Background save already in progress\r\n", s.do("BGSAVE"))
	require.Equal(t, "-ERR Background save already in progress\r\n", s.do("SAVE"))
	require.Equal(t, "+Background append only file rewriting scheduled\r\n", s.do("BGREWRITEAOF"))
	s.do("SET", "b", "1")
	s.advance(2500 * time.Millisecond)
	require.Equal(t, 1, saver.snapshot.Len(0))
	require.Equal(t, "2", s.info("rdb_current_bgsave_time_sec"))
	s.end(saver, nil)
	require.Equal(t, "0", s.info("rdb_bgsave_in_progress"))
	require.Equal(t, "2", s.info("rdb_last_bgsave_time_sec"))
	require.Equal(t, "1", s.info("rdb_changes_since_last_save"), "what came after the snapshot is not saved")
	require.Equal(t, fmt.Sprintf(":%d\r\n", (fakeStartMs+2500)/1000), s.do("LASTSAVE"))

	s.advance(200 * time.Millisecond)
	require.Equal(t, []string{"save", "begin", "rewrite"}, saver.log, "what was scheduled begins")
	require.Equal(t, "-ERR Background append only file rewriting already in progress\r\n", s.do("BGREWRITEAOF"))
	require.Contains(t, s.do("BGSAVE"), "-ERR Another child process is active (AOF?)")
	require.Equal(t, "+Background saving scheduled\r\n", s.do("BGSAVE", "SCHEDULE"))
	require.Equal(t, "+OK\r\n", s.do("SAVE"), "needs no snapshot")
	require.Equal(t, "0", s.info("rdb_changes_since_last_save"))
	s.end(saver, errors.New("broken"))
	require.Equal(t, "err", s.info("aof_last_bgrewrite_status"))
	require.Equal(t, "1", s.info("aof_rewrites_consecutive_failures"))
	s.advance(200 * time.Millisecond)
	require.Equal(t, []string{"save", "begin", "rewrite", "now 2", "save"}, saver.log)
	s.end(saver, nil)
	require.Zero(t, s.FrozenBlocks())
}

func TestSavePoints(t *testing.T) {
	s, saver := newSavingServer(t, "--save", "60", "2", "--save", "10", "5")
	s.do("SET", "a", "1")
	s.advance(70 * time.Second)
	require.Empty(t, saver.log)
	s.do("SET", "a", "2")
	s.advance(time.Second)
	require.Equal(t, []string{"save"}, saver.log)
	s.end(saver, nil)
	s.advance(70 * time.Second)
	require.Len(t, saver.log, 1, "nothing has changed")

	s.do("MSET", "a", "1", "b", "1", "c", "1", "d", "1", "e", "1")
	s.advance(time.Second)
	require.Len(t, saver.log, 2, "the last save is long ago")
	s.end(saver, nil)
	s.do("MSET", "a", "1", "b", "1", "c", "1", "d", "1", "e", "1")
	s.advance(9 * time.Second)
	require.Len(t, saver.log, 2)
	s.advance(3 * time.Second) // nobody sends anything: the deadline brings it
	require.Len(t, saver.log, 3)
}

// While saves are wanted and do not work, writes are refused, and the save is tried
// again.
func TestFailedSaveStopsWrites(t *testing.T) {
	s, saver := newSavingServer(t, "--save", "60", "1")
	s.do("SET", "a", "1")
	s.do("BGSAVE")
	s.end(saver, errors.New("no space left"))
	require.Contains(t, s.do("SET", "a", "2"), "-MISCONF Redis is configured to save RDB snapshots")
	require.Equal(t, "$1\r\n1\r\n", s.do("GET", "a"))
	require.Equal(t, "+OK\r\n", s.do("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"))
	require.Equal(t, "+OK\r\n", s.do("SET", "a", "2"))
	require.Equal(t, "+OK\r\n", s.do("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes"))
	require.Contains(t, s.do("DEL", "a"), "-MISCONF")

	s.advance(62 * time.Second)
	require.Equal(t, []string{"save", "save"}, saver.log)
	s.end(saver, errors.New("no space left"))
	s.advance(2 * time.Second)
	require.Len(t, saver.log, 2)
	s.advance(4 * time.Second)
	require.Len(t, saver.log, 3, "five seconds after the last attempt began")
	s.end(saver, nil)
	require.Equal(t, ":1\r\n", s.do("DEL", "a"))
}

func TestFlushAllReplacesTheFile(t *testing.T) {
	s, saver := newSavingServer(t, "--save", "60", "1000")
	s.do("SET", "a", "1")
	s.do("BGSAVE")
	s.do("FLUSHALL")
	require.True(t, saver.snapshot.Cancelled())
	s.end(saver, keyspace.ErrSaveCancelled)
	require.Equal(t, "ok", s.info("rdb_last_bgsave_status"))
	require.Equal(t, []string{"save", "now 0"}, saver.log)
	require.Equal(t, "0", s.info("rdb_changes_since_last_save"))
	s.do("SET", "a", "1")
	s.advance(200 * time.Millisecond)
	require.Equal(t, "1", s.info("rdb_changes_since_last_save"))

	// Without save points the file stays, but what runs is given up all the same.
	s, saver = newSavingServer(t, "--save", "")
	s.do("BGSAVE")
	s.do("FLUSHALL")
	require.True(t, saver.snapshot.Cancelled())
	s.end(saver, keyspace.ErrSaveCancelled)
	s.advance(200 * time.Millisecond)
	require.Equal(t, []string{"save"}, saver.log)
}

// SAVE tells its client of a failure; only saves in the background stop writes.
func TestFailedSaveOnDemand(t *testing.T) {
	s, saver := newSavingServer(t, "--save", "60", "1")
	saver.err = errors.New("no space left")
	require.Equal(t, "-ERR\r\n", s.do("SAVE"))
	require.Equal(t, "ok", s.info("rdb_last_bgsave_status"))
	require.Equal(t, "-1", s.info("rdb_last_bgsave_time_sec"))
	require.Equal(t, "+OK\r\n", s.do("SET", "a", "1"))
	s.do("BGSAVE")
	s.end(saver, saver.err)
	require.Contains(t, s.do("SET", "a", "1"), "-MISCONF")
	saver.err = nil
	require.Equal(t, "+OK\r\n", s.do("SAVE"))
	require.Equal(t, "ok", s.info("rdb_last_bgsave_status"))
	require.Equal(t, "+OK\r\n", s.do("SET", "a", "1"))
	require.Equal(t, "3", s.info("rdb_saves"))
}

// The rewrite that cannot begin is not tried again at every tick.
func TestRewriteThatCannotBegin(t *testing.T) {
	s, saver := newSavingServer(t)
	saver.err = errors.New("no space left")
	require.Contains(t, s.do("BGREWRITEAOF"), "-ERR Can't rewrite the append only file: no space left")
	require.Equal(t, "1", s.info("aof_rewrites_consecutive_failures"))
	require.Equal(t, "err", s.info("aof_last_bgrewrite_status"))
}

// When the append-only file was just turned on, the end waits for its first rewrite.
func TestFarewellWaitsForTheFirstRewrite(t *testing.T) {
	s, saver := newSavingServer(t, "--save", "60", "1")
	provisional := true
	s.SetFacts(keyspace.Facts{Persistence: func() keyspace.PersistenceFacts {
		return keyspace.PersistenceFacts{Enabled: true, Provisional: provisional}
	}})
	s.do("SET", "a", "1")
	s.on(func(c *keyspace.Ctx) {
		require.ErrorIs(t, c.SayFarewell(keyspace.FarewellNoSave, false), keyspace.ErrProvisional)
	})
	require.Equal(t, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", s.do("SHUTDOWN", "NOSAVE"))
	require.Empty(t, saver.log)
	provisional = false
	s.on(func(c *keyspace.Ctx) { require.NoError(t, c.SayFarewell(keyspace.FarewellDefault, false)) })
	require.Equal(t, []string{"now 1"}, saver.log)
	require.Empty(t, s.do("SET", "a", "2"), "what comes now would be in no file")

	s, saver = newSavingServer(t, "--save", "60", "1")
	s.SetFacts(keyspace.Facts{Persistence: func() keyspace.PersistenceFacts {
		return keyspace.PersistenceFacts{Enabled: true, Provisional: true}
	}})
	s.do("SHUTDOWN", "FORCE")
	require.True(t, s.stopped)
	require.Equal(t, []string{"now 0"}, saver.log)
	s.on(func(c *keyspace.Ctx) { require.NoError(t, c.SayFarewell(keyspace.FarewellDefault, false)) })
	require.Equal(t, []string{"now 0"}, saver.log, "once is enough")
}

func TestFarewell(t *testing.T) {
	f := func(shutdown []string, log []string, stopped bool, directives ...string) {
		t.Helper()
		s, saver := newSavingServer(t, directives...)
		s.do("SET", "a", "1")
		s.do(append([]string{"SHUTDOWN"}, shutdown...)...)
		require.Equal(t, log, saver.log)
		require.Equal(t, stopped, s.stopped)
		s.on(func(c *keyspace.Ctx) { require.NoError(t, c.SayFarewell(keyspace.FarewellDefault, false)) })
		require.Equal(t, log, saver.log, "once is enough")
	}
	f(nil, []string{"now 1"}, true, "--save", "60", "1")
	f([]string{"SAVE"}, []string{"now 1"}, true, "--save", "")
	f([]string{"NOSAVE"}, nil, true, "--save", "60", "1")
	f(nil, nil, true, "--save", "")

	s, saver := newSavingServer(t, "--save", "60", "1")
	saver.err = errors.New("no space left")
	require.Equal(t, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", s.do("SHUTDOWN"))
	require.False(t, s.stopped)
	s.do("SHUTDOWN", "FORCE")
	require.True(t, s.stopped)
}

// The journal tells of its progress from a goroutine of its own, so the news may
// come when it is detached.
func TestNewsOfADetachedJournal(t *testing.T) {
	s := newServer(t, &recorder{})
	s.JournalMoved()
	s.DetachJournal()
	s.settle()
	require.Equal(t, "+OK\r\n", s.do("SET", "a", "1"))
}
