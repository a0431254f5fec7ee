package compat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"
)

// jobs remembers which tasks were processed, in their order.
type jobs struct {
	mu   sync.Mutex
	done []string
}

func (j *jobs) add(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done = append(j.done, name)
}

func (j *jobs) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.done)
}

func (j *jobs) wait(t *testing.T, n int) []string {
	t.Helper()
	require.Eventually(t, func() bool { return len(j.all()) >= n }, 20*time.Second, 5*time.Millisecond,
		"%d tasks are done: %v", n, j)
	return j.all()
}

// asynqOf opens the two sides that do not process tasks.
func asynqOf(t *testing.T, address string) (*asynq.Client, *asynq.Inspector) {
	connection := asynq.RedisClientOpt{Addr: address}
	client, inspector := asynq.NewClient(connection), asynq.NewInspector(connection)
	t.Cleanup(func() {
		require.NoError(t, client.Close())
		require.NoError(t, inspector.Close())
	})
	return client, inspector
}

func serveTasks(t *testing.T, address string, config asynq.Config, handler asynq.HandlerFunc) {
	t.Helper()
	config.LogLevel = asynq.FatalLevel
	config.TaskCheckInterval, config.DelayedTaskCheckInterval = 10*time.Millisecond, 20*time.Millisecond
	server := asynq.NewServer(asynq.RedisClientOpt{Addr: address}, config)
	require.NoError(t, server.Start(handler))
	t.Cleanup(server.Shutdown)
}

func enqueue(t *testing.T, client *asynq.Client, name string, options ...asynq.Option) *asynq.TaskInfo {
	t.Helper()
	info, err := client.Enqueue(asynq.NewTask(name, []byte("payload of "+name)), options...)
	require.NoError(t, err)
	return info
}

// TestAsynqFlow: tasks that succeed, wait, fail and are tried again, and are given up; all seen by an inspector.
func TestAsynqFlow(t *testing.T) {
	address := start(t)
	client, inspector := asynqOf(t, address)
	var done jobs
	failing := errors.New("not this time")
	handle := func(ctx context.Context, task *asynq.Task) error {
		retried, _ := asynq.GetRetryCount(ctx)
		done.add(fmt.Sprint(task.Type(), " ", retried))
		if task.Type() == "never" || task.Type() == "twice" && retried < 2 {
			return failing
		}
		_, err := fmt.Fprint(task.ResultWriter(), "result of ", task.Type())
		return err
	}
	enqueue(t, client, "later", asynq.ProcessIn(time.Second))
	enqueue(t, client, "much-later", asynq.ProcessIn(time.Hour), asynq.TaskID("scheduled"))
	plain := enqueue(t, client, "plain", asynq.Retention(time.Hour))
	enqueue(t, client, "twice", asynq.MaxRetry(5))
	never := enqueue(t, client, "never", asynq.MaxRetry(1))
	_, err := client.Enqueue(asynq.NewTask("plain", nil), asynq.TaskID(plain.ID))
	require.ErrorIs(t, err, asynq.ErrTaskIDConflict)
	enqueue(t, client, "unique", asynq.Unique(time.Minute))
	_, err = client.Enqueue(asynq.NewTask("unique", []byte("payload of unique")), asynq.Unique(time.Minute))
	require.ErrorIs(t, err, asynq.ErrDuplicateTask)

	require.Equal(t, 4, must(inspector.GetQueueInfo("default")).Pending)
	serveTasks(t, address, asynq.Config{Concurrency: 4,
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return 10 * time.Millisecond }}, handle)

	all := done.wait(t, 8)
	slices.Sort(all)
	require.Equal(t, []string{"later 0", "never 0", "never 1", "plain 0", "twice 0", "twice 1", "twice 2", "unique 0"}, all)
	info := must(inspector.GetTaskInfo("default", plain.ID))
	require.Equal(t, asynq.TaskStateCompleted, info.State)
	require.Equal(t, "result of plain", string(info.Result))
	require.Eventually(t, func() bool {
		info, err := inspector.GetTaskInfo("default", never.ID)
		return err == nil && info.State == asynq.TaskStateArchived && info.LastErr == failing.Error()
	}, 5*time.Second, 5*time.Millisecond)

	require.NoError(t, inspector.RunTask("default", "scheduled"))
	done.wait(t, 9)
	require.NoError(t, inspector.RunTask("default", never.ID))
	done.wait(t, 10)
	require.Len(t, must(inspector.Servers()), 1)
	require.Equal(t, []string{"default"}, must(inspector.Queues()))
	require.Equal(t, 10, must(inspector.GetQueueInfo("default")).ProcessedTotal)
}

// TestAsynqPriorities: strict priorities, a paused queue, and tasks of a group that become one.
func TestAsynqPriorities(t *testing.T) {
	address := start(t)
	client, inspector := asynqOf(t, address)
	var done jobs
	for i := range 3 {
		enqueue(t, client, fmt.Sprint("low-", i), asynq.Queue("low"))
		enqueue(t, client, fmt.Sprint("high-", i), asynq.Queue("high"))
		enqueue(t, client, fmt.Sprint("paused-", i), asynq.Queue("paused"))
		enqueue(t, client, fmt.Sprint("member-", i), asynq.Queue("low"), asynq.Group("group"))
	}
	require.NoError(t, inspector.PauseQueue("paused"))
	require.Len(t, must(inspector.ListAggregatingTasks("low", "group")), 3)

	serveTasks(t, address, asynq.Config{
		Concurrency: 1, StrictPriority: true, Queues: map[string]int{"high": 3, "low": 2, "paused": 1},
		GroupGracePeriod: time.Second,
		GroupAggregator: asynq.GroupAggregatorFunc(func(group string, tasks []*asynq.Task) *asynq.Task {
			return asynq.NewTask(fmt.Sprint(group, " of ", len(tasks)), nil)
		}),
	}, func(_ context.Context, task *asynq.Task) error {
		done.add(task.Type())
		return nil
	})
	require.Equal(t, "high-0 high-1 high-2 low-0 low-1 low-2 group of 3", strings.Join(done.wait(t, 7), " "))
	require.NoError(t, inspector.UnpauseQueue("paused"))
	require.Equal(t, []string{"paused-0", "paused-1", "paused-2"}, done.wait(t, 10)[7:])
}

// TestAsynqMany: each of many tasks is processed once, by several servers.
func TestAsynqMany(t *testing.T) {
	const tasks = 1000
	address := start(t)
	client, inspector := asynqOf(t, address)
	var done jobs
	for range 3 {
		serveTasks(t, address, asynq.Config{Concurrency: 10}, func(_ context.Context, task *asynq.Task) error {
			done.add(string(task.Type()))
			return nil
		})
	}
	for i := range tasks {
		enqueue(t, client, fmt.Sprint("task-", i))
	}
	all := done.wait(t, tasks)
	slices.Sort(all)
	require.Len(t, slices.Compact(all), tasks)
	require.Eventually(t, func() bool {
		info, err := inspector.GetQueueInfo("default")
		return err == nil && info.Processed == tasks && info.Size == 0
	}, 5*time.Second, 5*time.Millisecond)
}
