// Short links from Go, with redigo.
//
//	redirect PORT shorten URL [ALIAS]
//	redirect PORT visit CODE [IP USER-AGENT REFERER]
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// errorWord returns the first word of an error of the server, which is stable, or an empty text.
func errorWord(err error) string {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return ""
	}
	return strings.SplitN(string(reply), " ", 2)[0]
}

// shorten returns the code, or an error for a URL or an alias that is not accepted.
func shorten(conn redis.Conn, url, alias string) (string, error) {
	args := redis.Args{}.Add(url)
	if alias != "" {
		args = args.Add("ALIAS", alias)
	}
	return redis.String(conn.Do("SHORTEN", args...))
}

// target returns the URL of a code and counts the visit. It returns redis.ErrNil if there is none.
func target(conn redis.Conn, code, ip, userAgent, referer string) (string, error) {
	url, err := redis.String(
		conn.Do("VISIT", code, "IP", ip, "UA", userAgent, "REFERER", referer))
	switch errorWord(err) {
	case "MISCONF", "NOREPLICAS", "READONLY":
		// The server takes no writes: redirect without counting.
		return redis.String(conn.Do("RESOLVE", code))
	}
	return url, err
}

// location returns the URL as a Location header takes it.
func location(url string) string {
	var text strings.Builder
	for _, b := range []byte(url) {
		if b > '~' || strings.IndexByte("\"<>^`{|}", b) >= 0 {
			fmt.Fprintf(&text, "%%%02X", b)
		} else {
			text.WriteByte(b)
		}
	}
	return text.String()
}

func main() {
	args := append(os.Args[1:], "", "", "")
	conn, err := redis.Dial("tcp", "127.0.0.1:"+args[0])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	if args[1] == "shorten" {
		code, err := shorten(conn, args[2], args[3])
		switch {
		case err == nil:
			fmt.Println(code)
		case errorWord(err) != "":
			fmt.Println("400", errorWord(err))
		default:
			log.Fatal(err)
		}
		return
	}
	url, err := target(conn, args[2], args[3], args[4], args[5])
	switch {
	case err == redis.ErrNil:
		fmt.Println("404")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println("302", location(url))
	}
}
