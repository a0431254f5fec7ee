package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dirDirective is the folder that relative file names start from. It must
// exist and admit us when it is set; the value is its absolute path without
// symbolic links, as a process sees its working directory.
func dirDirective(name string, field *string, flags Flag) Directive {
	return newDirective(name, field, workingDir(), flags|AlwaysWrite, kind[string]{
		parse: oneArg(func(path string) (string, error) {
			if !filepath.IsAbs(path) {
				path = filepath.Join(*field, path)
			}
			return enterableDir(path)
		}),
		text:  func(path string) string { return path },
		lines: func(path string) []string { return []string{quote(path)} },
	})
}

func workingDir() string {
	path, err := os.Getwd()
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return string(filepath.Separator) // the folder we started in is gone
	}
	return path
}

// enterableDir resolves path or says, as chdir would, why it cannot be entered.
func enterableDir(path string) (string, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", SystemError(err)
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return "", SystemError(err)
	}
	if !info.IsDir() {
		return "", SystemError(syscall.ENOTDIR)
	}
	const execute = 1
	if err := syscall.Access(resolved, execute); err != nil {
		return "", SystemError(err)
	}
	return resolved, nil
}

// SystemError is the system's own words for err, without the path and the
// operation, and with the capital letter that C gives them.
func SystemError(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	words := errno.Error()
	return fmt.Errorf("%s%s", strings.ToUpper(words[:1]), words[1:])
}
