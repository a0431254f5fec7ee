package main

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"solokv/keyspace/config"
	"solokv/reactor"
	"solokv/reactor/tlsconfig"
)

// portError is a port that cannot be listened on.
type portError struct {
	port int
	name string // of the directive's listener: tcp, tls or admin
	err  error
}

func (e *portError) Error() string { return e.err.Error() }
func (e *portError) Unwrap() error { return e.err }

var errTLS = errors.New("Failed to configure TLS. Check logs for more info.")

// listen opens what the configuration names, before anything else is begun.
func (s *service) listen(v *config.Values) error {
	s.listeners.Backlog = v.TCPBacklog
	s.warnOfBacklog(v)
	if tlsconfig.IsWanted(v) {
		made, err := tlsconfig.Server(v)
		if err != nil {
			s.log.Error().Msg(err.Error())
			return errTLS
		}
		s.listeners.SetTLS(made)
	}
	if err := s.listenTCP(v); err != nil {
		return err
	}
	if err := s.listenTLS(v); err != nil {
		return err
	}
	s.admin.Open, s.admin.Log = reactor.ListenTCP, s.log
	if err := s.admin.Listen(v.AdminBind, v.AdminPort); err != nil {
		return &portError{v.AdminPort, "admin", err}
	}
	if v.UnixSocket == "" {
		return nil
	}
	return s.listeners.ListenUnix(v.UnixSocket, os.FileMode(v.UnixSocketPerm))
}

// somaxconnPath is where the kernel keeps how long a backlog may be.
const somaxconnPath = "/proc/sys/net/core/somaxconn"

func (s *service) warnOfBacklog(v *config.Values) {
	content, err := os.ReadFile(somaxconnPath)
	if err != nil {
		return // without it nobody can tell
	}
	allowed, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err == nil && allowed > 0 && allowed < v.TCPBacklog {
		s.log.Warn().Msgf("WARNING: The TCP backlog setting of %d cannot be enforced because %s is set to the lower "+
			"value of %d.", v.TCPBacklog, somaxconnPath, allowed)
	}
}

func (s *service) listenTCP(v *config.Values) error {
	if err := s.listeners.Listen(reactor.PortPlain, v.Bind, v.Port); err != nil {
		return &portError{v.Port, "tcp", err}
	}
	return nil
}

func (s *service) listenTLS(v *config.Values) error {
	if err := s.listeners.Listen(reactor.PortTLS, v.Bind, v.TLSPort); err != nil {
		return &portError{v.TLSPort, "tls", err}
	}
	return nil
}

const (
	tlsRefused  = "Unable to update TLS configuration. Check server logs."
	portRefused = "Unable to listen on this port. Check server logs."
	bindRefused = "Failed to bind to specified addresses."
)

// relisten is CONFIG SET of ports, addresses and TLS. What is there already is kept
// until TLS is known to work.
func (s *service) relisten(changed []string, v *config.Values) error {
	has := func(name string) bool { return slices.Contains(changed, name) }
	if err := s.renewTLS(changed, v); err != nil {
		return err
	}
	refuse := func(name, reason string, err error) error {
		s.log.Warn().Msg(err.Error())
		return &config.ApplyError{Name: name, Reason: reason}
	}
	if has("bind") || has("port") {
		if err := s.listenTCP(v); err != nil {
			if has("port") {
				return refuse("port", portRefused, err)
			}
			return refuse("bind", bindRefused, err)
		}
	}
	if has("bind") || has("tls-port") {
		if err := s.listenTLS(v); err != nil {
			if has("tls-port") {
				return refuse("tls-port", portRefused, err)
			}
			return refuse("bind", bindRefused, err)
		}
	}
	if has("admin-port") || has("admin-bind") {
		if err := s.admin.Listen(v.AdminBind, v.AdminPort); err != nil {
			if has("admin-port") {
				return refuse("admin-port", portRefused, err)
			}
			return refuse("admin-bind", bindRefused, err)
		}
	}
	return nil
}

// renewTLS makes new handshakes go by the directives, if one of them has changed.
func (s *service) renewTLS(changed []string, v *config.Values) error {
	i := slices.IndexFunc(changed, func(name string) bool { return strings.HasPrefix(name, "tls-") })
	if i < 0 || !tlsconfig.IsWanted(v) {
		return nil
	}
	made, err := tlsconfig.Server(v)
	if err != nil {
		s.log.Warn().Msg(err.Error())
		return &config.ApplyError{Name: changed[i], Reason: tlsRefused}
	}
	s.listeners.SetTLS(made)
	return nil
}
