package main

import (
	"errors"
	"os"
	"strings"

	"solokv/keyspace"
	"solokv/keyspace/config"
)

// aclFile is the engine's ACLFile: its path.
type aclFile string

// Read implements keyspace.ACLFile.
func (f aclFile) Read() (string, error) {
	content, err := os.ReadFile(string(f))
	return string(content), err
}

// Write implements keyspace.ACLFile.
func (f aclFile) Write(content string) error { return config.ReplaceFile(string(f), content) }

// loadUsers reads the ACL file, if there is one, before anybody is served.
func (s *service) loadUsers() error {
	s.engine.OnUsers(func() {
		if s.limits != nil {
			s.setLimits(s.limits)
		}
	})
	v := s.cfg.Values()
	if v.ACLFile == "" {
		return nil
	}
	s.engine.SetACLFile(aclFile(v.Path(v.ACLFile)))
	var err error
	s.engine.Do(func(c *keyspace.Ctx) { err = c.LoadUsers() })
	s.engine.Step()
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "ERR "))
	}
	return nil
}
