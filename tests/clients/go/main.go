// redisc, which makes redigo speak to clusters: go-client PORT...
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mna/redisc"
)

var cluster redisc.Cluster

func try(words ...any) (any, error) {
	bare := cluster.Get()
	defer bare.Close()
	connection, err := redisc.RetryConn(bare, 5, 20*time.Millisecond)
	if err != nil {
		return nil, err
	}
	reply, err := connection.Do(words[0].(string), words[1:]...)
	if bytes, ok := reply.([]byte); ok {
		return string(bytes), err
	}
	return reply, err
}

func call(words ...any) any {
	reply, err := try(words...)
	if err != nil {
		fail("%v: %v", words, err)
	}
	return reply
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func same(seen, expected any) {
	if seen != expected {
		fail("%#v where %#v was expected", seen, expected)
	}
}

func visits(info any) (any, any) {
	fields := map[string]any{}
	list := info.([]any)
	for at := 0; at+1 < len(list); at += 2 {
		fields[string(list[at].([]byte))] = list[at+1]
	}
	return string(fields["url"].([]byte)), fields["visits"]
}

func main() {
	var nodes []string
	for _, port := range os.Args[1:] {
		nodes = append(nodes, "127.0.0.1:"+port)
	}
	cluster = redisc.Cluster{StartupNodes: nodes}
	if err := cluster.Refresh(); err != nil {
		fail("%v", err)
	}
	codes, known := map[string]any{}, map[any]bool{}
	for n := 0; n < 300; n++ {
		url := fmt.Sprintf("https://example.com/go/%d", n)
		codes[url] = call("SHORTEN", url, "STRATEGY", []string{"COUNTER", "HASH", "POOL"}[n%3])
		known[codes[url]] = true
	}
	same(len(known), 300)
	for url, code := range codes {
		same(call("RESOLVE", code), url)
		same(call("VISIT", code), url)
		same(call("SHORTEN", url), code)
		same(call("LINK.FIND", url), code)
		seen, count := visits(call("LINK.INFO", code))
		same(seen, url)
		same(count, int64(1))
		same(call("RESOLVE", call("LINK.KEY", code), code), url)
	}
	url := "https://example.com/go/0"
	same(call("LINK.SET", "go-alias", url), "OK")
	same(call("LINK.EXPIRE", "go-alias", 100), int64(1))
	same(call("LINK.PERSIST", "go-alias"), int64(1))
	same(call("LINK.DEL", "go-alias"), int64(1))
	same(call("RESOLVE", "go-alias"), nil)
	if _, err := try("SHORTEN", url, "ALIAS", "go-alias"); err == nil || !strings.Contains(err.Error(), "LINK.SET") {
		fail("an alias of another slot: %v", err)
	}
}
