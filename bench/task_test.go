package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInfoField(t *testing.T) {
	const info = "# Persistence\r\nloading:0\r\nrdb_saves:3\r\nrdb_last_bgsave_status:ok\r\nempty:\r\n"
	f := func(name, want string) {
		t.Helper()
		got, known := infoField([]byte(info), name)
		require.True(t, known, name)
		require.Equal(t, want, string(got))
	}
	f("loading", "0")
	f("rdb_last_bgsave_status", "ok")
	f("empty", "")
	for _, name := range []string{"rdb", "rdb_last_bgsave", "Persistence", "ok"} {
		_, known := infoField([]byte(info), name)
		require.False(t, known, name)
	}
}

func TestTaskEnded(t *testing.T) {
	f := func(of *task, info string, want bool) {
		t.Helper()
		got, err := of.ended([]byte(info))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f(taskSave, "rdb_bgsave_in_progress:1\r\nrdb_last_bgsave_status:ok\r\n", false)
	f(taskSave, "rdb_bgsave_in_progress:1\r\nrdb_last_bgsave_status:err\r\n", false) // the status of an earlier one
	f(taskSave, "rdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:ok\r\n", true)
	f(taskRewrite, "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:1\r\naof_last_bgrewrite_status:ok\r\n", false)
	f(taskRewrite, "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_bgrewrite_status:ok\r\n", true)

	fails := func(of *task, info, want string) {
		t.Helper()
		_, err := of.ended([]byte(info))
		require.ErrorContains(t, err, want)
	}
	fails(taskSave, "", "no field rdb_bgsave_in_progress")
	fails(taskSave, "rdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:err\r\n", `status "err"`)
	fails(taskSave, "rdb_bgsave_in_progress:0\r\n", `status ""`)
}

// savingServer is a fake server whose BGSAVE stops everything for a while, as a fork does, and then goes on in the
// background without being felt.
type savingServer struct {
	mu      sync.Mutex
	stall   time.Duration
	lasts   time.Duration
	ends    time.Time
	refusal string // the reply to BGSAVE, "": it is accepted
	status  string
	seen    map[string]int
}

func (s *savingServer) reply(words []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[words[0]]++
	switch words[0] {
	case "BGSAVE":
		if s.refusal != "" {
			return []string{s.refusal}
		}
		time.Sleep(s.stall)
		s.ends = time.Now().Add(s.lasts)
		return []string{"+Background saving started\r\n"}
	case "INFO":
		busy := 0
		if time.Now().Before(s.ends) {
			busy = 1
		}
		text := fmt.Sprintf("# Persistence\r\nrdb_bgsave_in_progress:%d\r\nrdb_last_bgsave_status:%s\r\n", busy, s.status)
		// In two pieces: a reply need not arrive at once.
		return []string{fmt.Sprintf("$%d\r\n%s", len(text), text[:20]), text[20:] + "\r\n"}
	case "GET":
		return []string{"$3\r\nxxx\r\n"}
	default:
		return []string{"+OK\r\n"}
	}
}

func savingLoad() load {
	return load{
		request: setRequest, other: getRequest, task: taskSave,
		keys: 10, connections: 4, pipeline: 1, rate: 2000,
	}
}

// TestTaskIsFelt: the stall at the start of a task is found, and it is not counted among the latencies before.
func TestTaskIsFelt(t *testing.T) {
	const stall, lasts, calm = 60 * time.Millisecond, 250 * time.Millisecond, 200 * time.Millisecond
	fake := &savingServer{stall: stall, lasts: lasts, status: "ok", seen: map[string]int{}}
	o, err := savingLoad().drive(context.Background(), serveCommands(t, fake.reply), 2, calm)
	require.NoError(t, err)

	require.GreaterOrEqual(t, o.task.startStall, stall*9/10)
	require.GreaterOrEqual(t, o.task.elapsed, stall+lasts)
	require.Less(t, o.task.elapsed, taskTimeout)
	require.Positive(t, o.latencies.TotalCount())
	require.Positive(t, o.task.latencies.TotalCount())
	require.Equal(t, o.requests, o.latencies.TotalCount()+o.task.latencies.TotalCount())
	require.Less(t, float64(o.latencies.TotalCount()), 1.2*calm.Seconds()*savingLoad().rate, "no more than was due before")

	got := savingSample(o)
	require.GreaterOrEqual(t, got[metricMax.name], 0.9*float64(stall/time.Microsecond))
	require.Contains(t, got, calmPrefix+metricP999.name)
	require.Less(t, got[calmPrefix+metricStartStall.name], got[metricStartStall.name])
	require.Positive(t, got[calmPrefix+metricStartStall.name])
	require.InDelta(t, got[metricP999.name]/got[calmPrefix+metricP999.name], got[metricTailRatio.name], 1e-9)

	fake.mu.Lock()
	defer fake.mu.Unlock()
	require.Equal(t, 1, fake.seen["BGSAVE"])
	require.Greater(t, fake.seen["INFO"], 2)
	total := fake.seen["SET"] + fake.seen["GET"]
	require.InEpsilon(t, total/2, fake.seen["SET"], 0.2, "half of the requests are writes")
}

func TestNoteBelongsToAPart(t *testing.T) {
	const due = int64(time.Second)
	f := func(dueNs, answeredNs int64, inTask bool, stallNs int64) {
		t.Helper()
		l := &loop{latencies: newLatencies(), taskLatencies: newLatencies(), taskSpan: &taskSpan{dueNs: due}}
		l.note(dueNs, answeredNs)
		require.Equal(t, inTask, l.taskLatencies.TotalCount() == 1)
		require.Equal(t, !inTask, l.latencies.TotalCount() == 1)
		require.Equal(t, stallNs, l.taskStallNs)
	}
	ms := int64(time.Millisecond)
	f(due-2*ms, due-ms, false, 0)
	f(due-ms, due+7*ms, true, 8*ms) // on its way when the task began
	f(due+ms, due+3*ms, true, 2*ms)
	f(due+int64(taskStartWindow), due+int64(taskStartWindow)+5*ms, true, 0) // no longer the start
}

func TestTaskFails(t *testing.T) {
	f := func(fake *savingServer, want string) {
		t.Helper()
		fake.seen = map[string]int{}
		_, err := savingLoad().drive(context.Background(), serveCommands(t, fake.reply), 2, 20*time.Millisecond)
		require.ErrorContains(t, err, want)
	}
	f(&savingServer{refusal: "-ERR unknown command 'BGSAVE'\r\n"}, "BGSAVE: error reply: ERR unknown command")
	f(&savingServer{status: "err"}, `BGSAVE ended with status "err"`)
	f(&savingServer{refusal: "nonsense\r\n"}, errNotReply.Error())
}
