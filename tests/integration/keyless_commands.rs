//! Commands without a code or URL: the ACL has no key to match with a user's key patterns.

use shorten_testkit::{EXAMPLE, Server, scan};

const KEYLESS: [&[&str]; 4] = [
    &["LINK.SCAN", "0"],
    &["LINK.COUNT"],
    &["CODEPOOL", "SIZE"],
    &["CODEPOOL", "TAKE"],
];

#[test]
fn keyless_commands_need_command_permission_and_ignore_key_patterns() {
    let server = Server::start();
    let mut admin = server.client();
    for code in ["promo-1", "internal"] {
        admin.ok(&["LINK.SET", code, EXAMPLE]);
    }
    admin.ok(&[
        "ACL", "SETUSER", "promo", "on", "nopass", "~promo-*", "+@all",
    ]);
    let mut user = server.client();
    user.ok(&["AUTH", "promo", "any"]);
    user.refused("NOPERM", &["RESOLVE", "internal"]);
    let codes: Vec<_> = scan(&mut user, &[]).into_iter().collect();
    assert_eq!(codes, ["internal", "promo-1"]);
    for command in KEYLESS {
        user.cmd(command);
    }
    let takes_away = ["-link.scan", "-link.count", "-codepool"];
    admin.ok(&[&["ACL", "SETUSER", "promo"], &takes_away[..]].concat());
    for command in KEYLESS {
        user.refused("NOPERM", command);
    }
    assert_eq!(user.text(&["RESOLVE", "promo-1"]), EXAMPLE);
}
