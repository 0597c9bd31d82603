// Short links from Java 17, with Jedis 5.
//
// Redirect PORT shorten URL [ALIAS]
// Redirect PORT visit CODE [IP USER-AGENT REFERER]
import java.nio.charset.StandardCharsets;
import java.util.Set;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;

class Redirect {
    private static final Set<String> NO_WRITES = Set.of("MISCONF", "NOREPLICAS", "READONLY");

    /** Sends a command whose reply is a bulk string or nil, which is null. */
    static String call(Jedis jedis, String command, String... args) {
        ProtocolCommand name = () -> command.getBytes(StandardCharsets.UTF_8);
        byte[] reply = (byte[]) jedis.sendCommand(name, args);
        return reply == null ? null : new String(reply, StandardCharsets.UTF_8);
    }

    /** The first word of an error is stable. */
    static String errorWord(JedisDataException error) {
        return error.getMessage().split(" ", 2)[0];
    }

    /** Returns the URL of a code and counts the visit, or null. */
    static String target(Jedis jedis, String code, String ip, String userAgent, String referer) {
        try {
            return call(jedis, "VISIT", code, "IP", ip, "UA", userAgent, "REFERER", referer);
        } catch (JedisDataException error) {
            if (!NO_WRITES.contains(errorWord(error))) throw error;
            // The server takes no writes: redirect without counting.
            return call(jedis, "RESOLVE", code);
        }
    }

    /** The URL as a Location header takes it. */
    static String location(String url) {
        StringBuilder text = new StringBuilder();
        for (byte b : url.getBytes(StandardCharsets.UTF_8)) {
            if (b < 0 || "\"<>^`{|}".indexOf(b) >= 0) {
                text.append(String.format("%%%02X", b));
            } else {
                text.append((char) b);
            }
        }
        return text.toString();
    }

    private static String or(String[] args, int index) {
        return index < args.length ? args[index] : "";
    }

    public static void main(String[] args) {
        try (Jedis jedis = new Jedis("127.0.0.1", Integer.parseInt(args[0]))) {
            if (args[1].equals("shorten")) {
                try {
                    System.out.println(args.length > 3
                        ? call(jedis, "SHORTEN", args[2], "ALIAS", args[3])
                        : call(jedis, "SHORTEN", args[2]));
                } catch (JedisDataException error) {
                    System.out.println("400 " + errorWord(error));
                }
                return;
            }
            String url = target(jedis, args[2], or(args, 3), or(args, 4), or(args, 5));
            System.out.println(url == null ? "404" : "302 " + location(url));
        }
    }
}
