package main

import (
	"context"
	"slices"

	"github.com/rs/zerolog"

	"solokv/keyspace"
	"solokv/keyspace/config"
)

// reconfigure hands changed directives to the parts that keep them. It runs on
// the writer.
func (s *service) reconfigure(changed []string, v *config.Values) error {
	if slices.Contains(changed, "maxclients") {
		if err := s.allowClients(v); err != nil {
			return &config.ApplyError{Name: "maxclients", Reason: err.Error()}
		}
	}
	if slices.Contains(changed, "oom-score-adj") || slices.Contains(changed, "oom-score-adj-values") {
		if err := s.oomScore.apply(v); err != nil {
			s.log.Warn().Err(err).Msg("oom-score-adj was not applied")
			return &config.ApplyError{Name: "oom-score-adj",
				Reason: "Failed to apply new oom_score_adj configuration, check server logs."}
		}
	}
	if err := s.relisten(changed, v); err != nil {
		return err
	}
	if slices.ContainsFunc(changed, namesTitle) {
		s.setTitle()
	}
	s.setLimits(s.limits)
	zerolog.SetGlobalLevel(levelOf(v.LogLevel))
	if slices.Contains(changed, "appendonly") {
		if err := s.switchDisk(v.AppendOnly); err != nil {
			return err
		}
	}
	if s.disk != nil {
		s.disk.stamps = v.AOFTimestampEnabled
		s.disk.watchMs.Store(int64(v.LatencyMonitorThreshold))
	}
	if s.disk != nil && slices.Contains(changed, "appendfsync") {
		s.disk.SetPolicy(policyOf(v.AppendFsync))
	}
	return nil
}

// namesTitle tells whether the process's title may show a directive.
func namesTitle(directive string) bool {
	return slices.Contains([]string{"proc-title-template", "port", "tls-port", "bind"}, directive)
}

func (s *service) persistenceFacts() keyspace.PersistenceFacts {
	l := &s.loading
	f := keyspace.PersistenceFacts{
		Loading:    keyspace.LoadingFacts{StartMs: l.startedMs.Load(), Done: l.done.Load(), Total: l.total.Load()},
		LoadedKeys: l.keys.Load(), ExpiredKeys: l.expired.Load(),
	}
	if s.disk == nil {
		f.Enabled = s.cfg.Values().AppendOnly
		return f
	}
	st := s.disk.Stats()
	f.Enabled, f.Provisional, f.WriteError = true, !st.InForce, s.disk.Err()
	f.CurrentBytes, f.BaseBytes = st.OtherBytes+st.FileBytes, st.RewriteBytes
	f.BufferBytes, f.DelayedSyncs = st.PendingBytes, st.DelayedSyncs
	f.Writes, f.WrittenBytes, f.Syncs = st.Writes, st.WrittenBytes, st.Syncs
	f.LastSyncUs, f.Stalls = st.LastSync.Microseconds(), st.Stalls
	return f
}

func (s *service) networkFacts() keyspace.NetworkFacts {
	server := s.reactor.Load()
	if server == nil {
		return keyspace.NetworkFacts{}
	}
	f := keyspace.NetworkFacts{Loops: server.Loops(), Rejected: server.Rejected.Load(),
		QueryLimited: server.QueryLimited.Load(), OutputLimited: server.OutputLimited.Load()}
	f.Reads, f.Writes = server.Calls()
	if end, ok := s.listeners.CertificateEnd(); ok {
		f.CertificateEndMs = end.UnixMilli()
	}
	return f
}

func (s *service) synced() (appended, synced int64, ok bool) {
	if s.disk == nil {
		return 0, 0, false
	}
	return s.disk.Offset(), s.disk.Synced(), true
}

func (s *service) awaitSync(ended func()) {
	d := s.disk
	d.Flush()
	go func() {
		_ = d.Sync(context.Background()) // ended looks for itself
		ended()
	}()
}
