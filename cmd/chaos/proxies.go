package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"pschook/internal/trial"
)

// guide holds the proxy settings that administrators are advised to use. Exactly these are tried.
const guide = "docs/en/linux.md"

// proxy is a reverse proxy that the guide advises, as Debian has it.
type proxy struct {
	row
	program string                                                          // and its part of the guide
	config  func(text, dir, listen string, servers []string) (whole string) // what it is started with, from the guide's text
	args    func(file string) []string
}

func proxies() []proxy {
	return []proxy{
		{row{name: "rolling restart behind nginx"}, "nginx", nginxConfig, func(file string) []string { return []string{"-e", "stderr", "-c", file} }},
		{row{name: "rolling restart behind haproxy"}, "haproxy", haproxyConfig, func(file string) []string { return []string{"-db", "-f", file} }},
	}
}

// nginxConfig removes TLS from the guide's text, because TLS is not tried here, and puts two servers in.
func nginxConfig(text, dir, listen string, servers []string) string {
	text = regexp.MustCompile(`(?m)^ *ssl_.*\n`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`listen .*;`).ReplaceAllString(text, "listen "+listen+";")
	text = eachServer(text, servers)
	return "daemon off;\nmaster_process off;\npid " + dir + "/nginx.pid;\nevents { worker_connections 4096; }\nhttp {\naccess_log off;\n" +
		"client_body_temp_path " + dir + "/body;\nproxy_temp_path " + dir + "/proxy;\nfastcgi_temp_path " + dir + "/f;\nuwsgi_temp_path " + dir + "/u;\nscgi_temp_path " + dir + "/s;\n" + text + "}\n"
}

func haproxyConfig(text, _, listen string, servers []string) string {
	text = regexp.MustCompile(`bind .*`).ReplaceAllString(text, "bind "+listen)
	return eachServer(text, servers)
}

// eachServer repeats the line of the guide's one server for each of several.
func eachServer(text string, servers []string) string {
	line := regexp.MustCompile(`(?m)^ *server (\w+ )?127\.0\.0\.1:8080.*\n`)
	return line.ReplaceAllStringFunc(text, func(one string) string {
		all := ""
		for i, addr := range servers {
			all += strings.Replace(strings.Replace(one, "127.0.0.1:8080", addr, 1), "server one ", fmt.Sprintf("server s%d ", i), 1)
		}
		return all
	})
}

// proxyRows try the proxies that are there, and those that PSCHOOK_TEST_REQUIRE says must be.
func proxyRows(required string) []row {
	var rows []row
	for _, p := range proxies() {
		path, err := exec.LookPath(p.program)
		if err != nil && !slices.Contains(strings.Split(required, ","), p.program) {
			continue
		}
		p.promise = "0 failed with the guide's settings, restarts without a pause"
		p.try = func(ctx context.Context, w *world) (string, error) {
			if err != nil {
				return "", err
			}
			return restartBehind(ctx, w, p, path)
		}
		rows = append(rows, p.row)
	}
	return rows
}

// restartBehind restarts two instances behind a proxy, one as soon as the other is back.
func restartBehind(ctx context.Context, w *world, p proxy, path string) (string, error) {
	o, err := plainOrg()
	if err != nil {
		return "", err
	}
	defer o.close()
	var instances []*restarted
	var servers []string
	for range 2 {
		// The drain that the service has by default.
		one, at, err := w.instance(ctx, o, map[string]string{"PSCHOOK_DRAIN_DELAY": "3s"})
		if err != nil {
			return "", err
		}
		defer func() { one.kill() }() //nolint:gocritic // two of them, to the end
		if err := one.waitReady(ctx); err != nil {
			return "", err
		}
		instances, servers = append(instances, one), append(servers, at.addr.String())
	}
	url, stop, err := p.start(ctx, w, path, servers)
	if err != nil {
		return "", err
	}
	defer stop()
	l := o.load(instances[0].service, pick(w, 300, 200), 0)
	l.url, l.client = url+"/hooks/okta/token", newClient(nil)
	defer l.client.CloseIdleConnections()
	rounds := pick(w, 5, 1)
	out, err := l.beside(ctx, func() error {
		for range rounds {
			for _, one := range instances {
				if err := one.again(ctx, w); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return fmt.Sprintf("%d restarts, %d calls, %d failed, p99 %s", 2*rounds, out.Sent, out.Failed, ms(out.P99())), errors.Join(err, out.check())
}

// again stops the instance, starts it again and waits until it is ready.
func (r *restarted) again(ctx context.Context, w *world) error {
	if err := r.stop(); err != nil {
		return err
	}
	r.client.CloseIdleConnections()
	s, err := w.start(ctx, r.env)
	if err != nil {
		return err
	}
	r.service = s
	return s.waitReady(ctx)
}

// start runs the proxy with the guide's settings until it answers.
func (p proxy) start(ctx context.Context, w *world, path string, servers []string) (url string, stop func(), err error) {
	text, err := os.ReadFile(guide)
	if err != nil {
		return "", nil, err
	}
	_, block, ok := strings.Cut(string(text), "```"+p.program+"\n")
	block, _, closed := strings.Cut(block, "```")
	if !ok || !closed {
		return "", nil, fmt.Errorf("%s holds no settings for %s", guide, p.program)
	}
	listen, err := trial.FreeAddr(ctx)
	if err != nil {
		return "", nil, err
	}
	dir := filepath.Join(w.dir, p.program)
	file := filepath.Join(dir, "config")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, []byte(p.config(block, dir, listen, servers)), 0o600)); err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, path, p.args(file)...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()                          // ended by a signal
	}
	_, err = until(ctx, func() bool {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", listen)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("%s does not listen: %w: %s", p.program, err, said.String())
	}
	return "http://" + listen, stop, nil
}
