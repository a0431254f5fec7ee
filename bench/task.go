package main

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"solokv/protocol"
)

// A load with a task: what clients feel while the server saves.
//
//	   warm-up      without           during                       last replies
//	|-----------|-------------|--------------------------------|------------------|
//	            begin         due: the command is sent         end: the server says that it is done
//	                          |------| start: taskStartWindow
//
// The load goes on throughout. A request belongs to the first part if it was answered before the task was due, and to
// the second if it was answered later: a request that was on its way when the server stalled has felt it.
//
// The first loop sends the command and asks INFO for the end by itself, between two polls. Another goroutine would have
// to share the loop's core, and its turns would show as stalls of the server.

// task is what a server is told to do in the background.
type task struct {
	command string
	// busyFields and statusField are fields of INFO persistence. The task goes on while a busy field is not 0, and has
	// succeeded if its status is ok afterwards.
	busyFields  []string
	statusField string
}

var (
	taskSave = &task{
		command:    "BGSAVE",
		busyFields: []string{"rdb_bgsave_in_progress"}, statusField: "rdb_last_bgsave_status",
	}
	taskRewrite = &task{
		command:    "BGREWRITEAOF",
		busyFields: []string{"aof_rewrite_in_progress", "aof_rewrite_scheduled"}, statusField: "aof_last_bgrewrite_status",
	}
)

const (
	// taskStartWindow is how long after its command a task counts as starting.
	taskStartWindow = 100 * time.Millisecond
	taskTimeout     = 5 * time.Minute
	// taskAskEvery is how precisely the end of a task is timed.
	taskAskEvery = 10 * time.Millisecond
	// taskReadEvery is how often a loop looks for the reply to what it asked.
	taskReadEvery = 200 * time.Microsecond
)

// ended says what INFO persistence tells about the task: whether it has ended, and an error if it did not succeed.
func (t *task) ended(info []byte) (bool, error) {
	for _, field := range t.busyFields {
		value, known := infoField(info, field)
		if !known {
			return false, fmt.Errorf("%s: INFO persistence has no field %s", t.command, field)
		}
		if string(value) != "0" {
			return false, nil
		}
	}
	if status, _ := infoField(info, t.statusField); string(status) != "ok" {
		return false, fmt.Errorf("%s ended with status %q", t.command, status)
	}
	return true, nil
}

// infoField finds a field in the text of INFO.
func infoField(info []byte, name string) ([]byte, bool) {
	for line := range bytes.Lines(info) {
		if value, found := bytes.CutPrefix(line, []byte(name)); found && len(value) > 0 && value[0] == ':' {
			return bytes.TrimSpace(value[1:]), true
		}
	}
	return nil, false
}

// taskSpan is when a task begins and ends, on the load's clock. All loops of a load share it.
type taskSpan struct {
	dueNs int64
	endNs atomic.Int64 // 0 until it is known; written by the first loop
}

// clip ends a window with the task. Without a task (nil) it changes nothing.
func (s *taskSpan) clip(w *window) {
	if s == nil {
		return
	}
	if endNs := s.endNs.Load(); endNs != 0 {
		w.endNs = endNs
	}
}

// taskRunner gives a task to the server when it is due, and finds out when it has ended.
type taskRunner struct {
	task    *task
	span    *taskSpan
	fd      int
	nextNs  int64  // when there is something to do again
	request []byte // what to send next
	in      []byte // of the reply that is awaited
	sent    bool   // a reply is awaited
	given   bool   // the server has accepted the task
}

func newTaskRunner(t *task, span *taskSpan, address string) (*taskRunner, error) {
	conn, err := openSocket(address, nil)
	if err != nil {
		return nil, err
	}
	return &taskRunner{
		task: t, span: span, fd: conn.fd, nextNs: span.dueNs,
		request: protocol.AppendCommandStrings(nil, t.command),
	}, nil
}

func (r *taskRunner) close() {
	if r != nil {
		_ = unix.Close(r.fd)
	}
}

// step is called between two polls. It never waits.
func (r *taskRunner) step(nowNs int64) error {
	if r == nil || nowNs < r.nextNs || r.span.endNs.Load() != 0 {
		return nil
	}
	if !r.sent {
		r.sent, r.nextNs = true, nowNs+int64(taskReadEvery)
		// Few bytes on a connection that carries nothing else: the kernel takes all of them or none.
		if _, err := unix.Write(r.fd, r.request); err != nil {
			return fmt.Errorf("%s: %w", r.task.command, connError("send", err))
		}
		return nil
	}
	reply, err := r.receive()
	if err != nil {
		return fmt.Errorf("%s: %w", r.task.command, err)
	}
	if reply == nil {
		r.nextNs = nowNs + int64(taskReadEvery)
		return nil
	}
	return r.handle(reply, nowNs)
}

// handle acts on the reply to the command, or to a question for its end.
func (r *taskRunner) handle(reply []byte, nowNs int64) error {
	text, err := replyText(reply)
	if err != nil {
		return fmt.Errorf("%s: %w", r.task.command, err)
	}
	r.sent, r.in = false, r.in[:0]
	r.nextNs = nowNs + int64(taskAskEvery)
	if !r.given {
		r.given, r.request = true, protocol.AppendCommandStrings(nil, "INFO", "persistence")
		return nil
	}
	ended, err := r.task.ended(text)
	if ended {
		r.span.endNs.Store(nowNs)
	}
	return err
}

// receive reads what has arrived, and returns the reply once it is complete.
func (r *taskRunner) receive() ([]byte, error) {
	const infoBytes = 16 << 10
	var buffer [infoBytes]byte
	n, err := unix.Read(r.fd, buffer[:])
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return nil, nil
	case err != nil:
		return nil, connError("receive", err)
	case n == 0:
		return nil, errConnClosed
	}
	r.in = append(r.in, buffer[:n]...)
	n, ok := protocol.SkipReply(r.in)
	if n < 0 || len(r.in) > replyBytesMax {
		return nil, errNotReply
	}
	if !ok {
		return nil, nil
	}
	return r.in[:n], nil
}
