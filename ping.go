package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"solokv/keyspace/config"
)

const (
	pingTimeout   = 3 * time.Second
	pingReplySize = 512 // of an error's first line, at most
)

// ping is --ping: a health check that needs no other program, as in a container with nothing
// but the server. It returns the exit code.
func ping(args []string) int {
	cfg := config.New()
	err := cfg.LoadArgs(args, os.Stdin)
	var reply string
	if err == nil {
		reply, err = askPing(cfg.Values())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(reply)
	if !serves(reply) {
		return 1
	}
	return 0
}

// serves tells whether a reply to PING is that of a server to leave alone. One that wants a
// password, or is busy with a script, is; one that has no data yet is not.
func serves(reply string) bool {
	return reply == "+PONG" || strings.HasPrefix(reply, "-") && !strings.HasPrefix(reply, "-LOADING")
}

var errNowhereToPing = errors.New("ping: the server has neither a port nor a unix socket for clients without TLS")

func askPing(v *config.Values) (reply string, err error) {
	network, address := "tcp", pingAddress(v)
	switch {
	case v.UnixSocket != "":
		network, address = "unix", v.UnixSocket
	case v.Port == 0:
		return "", errNowhereToPing
	}
	conn, err := net.DialTimeout(network, address, pingTimeout)
	if err != nil {
		return "", fmt.Errorf("ping: %w", err)
	}
	defer conn.Close()
	err = conn.SetDeadline(time.Now().Add(pingTimeout))
	if err == nil {
		_, err = io.WriteString(conn, "PING\r\n")
	}
	if err == nil {
		reply, err = bufio.NewReader(io.LimitReader(conn, pingReplySize)).ReadString('\n')
	}
	if err != nil {
		return "", fmt.Errorf("ping: %w", err)
	}
	return strings.TrimRight(reply, "\r\n"), nil
}

// pingAddress is where a client of this machine finds the server.
func pingAddress(v *config.Values) string {
	host := "127.0.0.1"
	if len(v.Bind) > 0 {
		switch first := strings.TrimPrefix(v.Bind[0], "-"); first {
		case "*", "0.0.0.0":
		case "::*", "::":
			host = "::1"
		default:
			host = first
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(v.Port))
}
