package main

import (
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
	setLimits(s.limits, v)
	zerolog.SetGlobalLevel(levelOf(v.LogLevel))
	if s.disk != nil && slices.Contains(changed, "appendfsync") {
		s.disk.SetPolicy(policyOf(v.AppendFsync))
	}
	return nil
}

func (s *service) persistenceFacts() keyspace.PersistenceFacts {
	loading := keyspace.LoadingFacts{StartMs: s.loading.startedMs.Load(), Done: s.loading.done.Load(), Total: s.loading.total.Load()}
	if s.disk == nil {
		return keyspace.PersistenceFacts{Enabled: s.cfg.Values().AppendOnly, Loading: loading}
	}
	st := s.disk.Stats()
	return keyspace.PersistenceFacts{
		Enabled: true, WriteError: s.disk.Err(),
		CurrentBytes: s.disk.otherBytes + st.FileBytes, BaseBytes: s.disk.loadedBytes,
		BufferBytes: st.PendingBytes, DelayedSyncs: st.DelayedSyncs,
		Writes: st.Writes, WrittenBytes: st.WrittenBytes, Syncs: st.Syncs,
		LastSyncUs: st.LastSync.Microseconds(), Stalls: st.Stalls,
	}
}

func (s *service) networkFacts() keyspace.NetworkFacts {
	server := s.reactor.Load()
	if server == nil {
		return keyspace.NetworkFacts{}
	}
	return keyspace.NetworkFacts{Loops: server.Loops(), Rejected: server.Rejected.Load()}
}
