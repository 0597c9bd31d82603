//! Kinds of user agents that are easily mistaken for others.

use super::{Agent, Agents, tell};

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14; ";
const MOBILE: &str =
    ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";

fn assert_people(user_agents: &[String]) {
    assert_bots(user_agents, false);
}

fn assert_programs(user_agents: &[String]) {
    assert_bots(user_agents, true);
}

fn assert_bots(user_agents: &[String], bots: bool) {
    let wrong: Vec<_> = user_agents
        .iter()
        .filter(|user_agent| tell(user_agent).bot != bots)
        .collect();
    assert!(wrong.is_empty(), "not told as bots {bots}: {wrong:#?}");
}

fn chrome(version: &str, end: &str) -> String {
    format!("{WINDOWS}{version} Safari/537.36{end}")
}

#[test]
fn a_short_word_within_a_longer_one_marks_no_bot() {
    assert_people(&[
        "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; Botswana Post; rv:11.0) like Gecko".to_owned(),
        "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; Abbott Laboratories; rv:11.0) like Gecko".to_owned(),
        "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; Coherent Inc.; rv:11.0) like Gecko".to_owned(),
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 HbbTV/1.6.1 (+DRM; LGE/ROBOTECH; 50UQ; WEBOS23; )".to_owned(),
    ]);
    assert_programs(&[
        "Mozilla/5.0 (compatible; SomeBots; Windows NT 6.1)".to_owned(),
        "Mozilla/5.0 (Windows NT 10.0; ExampleBot) Gecko/20100101 Firefox/115.0".to_owned(),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) NewsFeed/2 Gecko/20100101".to_owned(),
    ]);
}

#[test]
fn a_device_name_does_not_mark_a_bot() {
    let named = |device: &str| format!("{ANDROID}{device}{MOBILE}");
    assert_people(&[
        named("CUBOT NOTE 50"),
        named("MyBot 7 Build/UP1A.231005.007"),
        named("S222 Build/CUBOT"),
        named("Spider X5"),
        named("Monitor Pro"),
        named("Crawler 4x4 Build/UP1A; wv"),
        format!("{ANDROID}SM-A536B; wv{MOBILE} Instagram 406.0.0.58.159 Android (34/14; 480dpi; 1080x2400; samsung; SM-A536B; robotdugls; qcom; en_GB; 821456412)"),
        "Mozilla/5.0 (Mobile; Bot Flip 2; rv:84.0) Gecko/84.0 Firefox/84.0 KAIOS/3.1".to_owned(),
        "UCWEB/2.0 (MIDP-2.0; U; Adr 9; en-US; CUBOT_X19) U2/1.0.0 UCBrowser/10.7.9.856 U2/1.0.0 Mobile".to_owned(),
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/501.2.0;FBDV/iPhone12,8;FBCR/Mobile Bot;FBLC/en_US]".to_owned(),
    ]);
    assert_programs(&[
        named("Nexus 5X Build/MMB29P; SomeBot/2.1"),
        named("Nexus 5X; Somebot https://some.example/"),
        format!("{ANDROID}K{MOBILE} (compatible; SomeBot)"),
    ]);
}

#[test]
fn an_address_marks_a_bot_where_a_program_gives_its_own() {
    assert_people(&[
        chrome("153.0.0.0", " Initiator: https://extension.example/page"),
        format!("{FIREFOX} Source: http://extension.example"),
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Embedded Web Browser from: http://maker.example/; SLCC2)".to_owned(),
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; User-agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1; http://maker.example) (none); InfoPath.2)".to_owned(),
    ]);
    assert_programs(&[
        format!("{MAC} +https://who.example/about"),
        format!("{MAC} (+who.example)"),
        format!("{ANDROID}K{MOBILE} (Who/1.0; http://who.example)"),
        "Mozilla/5.0 (compatible; Who; http://who.example/about) Gecko/20100101 Firefox/60.0"
            .to_owned(),
        "Who/1.0 http://who.example Gecko/20100101".to_owned(),
        format!("{FIREFOX} someone@who.example"),
    ]);
}

#[test]
fn a_browser_engine_marks_a_browser() {
    assert_people(&[
        "[FBAN/FB4A;FBAV/440.0.0.27.117;FBBV/540911474;FBDM/{density=2.0}]".to_owned(),
        "(null) [FBAN/FBIOS;FBAV/146.0.0.73.91;FBDV/iPhone7,2;FBMD/iPhone;FBSN/iOS]".to_owned(),
        "Chrome/131.0.0.0".to_owned(),
        "Mozilla/5.0 Firefox/133.0".to_owned(),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36".to_owned(),
        "Safari/605.1.15".to_owned(),
        "HbbTV/1.5.1 (+DRM;Maker;SmartTV;1.0;;) Tizen/6.0 (+TVPLUS) LaTivu_1.0.1_2021".to_owned(),
        "HbbTV/1.1.1 (;;;;) ANTGalio/3.1.1.23.04.09".to_owned(),
        "RokuBrowser/104.11.20 (TV-G000X-14.1.4)".to_owned(),
        "SmartTV_Maker_Chromium_96".to_owned(),
        "Some WAP Browser/MAUI".to_owned(),
        "PlayStation 5/9.00".to_owned(),
        "iPhone13Pro".to_owned(),
        format!("{ANDROID}SM-A536B Build/TP1A.220624.014; wv)"),
    ]);
    assert_programs(&[
        "Safari/20621.1 CFNetwork/3860.100.1 Darwin/25.0.0".to_owned(),
        "com.some.browser/660067 (Linux; U; Android 12; Browser/1; Cronet/114.0.5735.33)"
            .to_owned(),
        "WeLikeLinks 1.0".to_owned(),
        "XOperator/2".to_owned(),
        "Symfony BrowserKit".to_owned(),
    ]);
}

#[test]
fn a_product_added_to_a_browser_marks_a_program() {
    assert_programs(&[
        chrome("123.0.0.0", " GoogleMessages/15.1"),
        chrome("131.0.0.0", " SomeMessenger/3.2"),
        chrome("131.0.0.0", ";OneTrust;"),
        chrome("131.0.0.0", "; SomeConsent;"),
        chrome("140.0.0.0", " SomeScanner"),
        chrome("140.0.0.0", " Edg/140.0.0.0 SomeBuilder"),
        chrome("112.0.0.0", " (mail gateway)"),
        format!("{FIREFOX} SomeObservatory/82.0"),
        format!("{MAC} SomeArchive/2"),
        format!("SomeProxy/1 {FIREFOX}"),
        format!("{ANDROID}K{MOBILE} SomeCheck"),
        format!("{ANDROID}K{MOBILE}; SomeSpeed/2"),
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) pagetopng Safari/538.1".to_owned(),
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko SomeMailScan/4.0".to_owned(),
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; ms-office; MSOffice 16)".to_owned(),
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0.6001)".to_owned(),
    ]);
}

#[test]
fn what_browsers_append_does_not_mark_a_program() {
    assert_people(&[
        chrome("131.0.0.0", " Edg/131.0.0.0"),
        chrome("131.0.0.0", " OPR/117.0.0.0 (Edition std-2)"),
        chrome("131.0.0.0", " Vivaldi/7.0"),
        chrome("131.0.0.0", " UnheardOf/131.0.2903.70"),
        chrome("131.0.0.0", " UnheardOfBrowser/2"),
        chrome("49.0.2623.112", " SomeToolbar/2.0"),
        chrome("131.0.0.0", " Note: an extension was here"),
        format!("{FIREFOX} Waterfox/56.2"),
        format!("{MAC} Ddg/17.4"),
        format!("{ANDROID}SM-A536B; wv{MOBILE} SomeApp"),
        format!("{ANDROID}K{MOBILE} SomeApp/7.1"),
        "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.182 Safari/537.36 Model/Some-MT9602 VIDAA/6.0(Maker;SmartTV;)".to_owned(),
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36 Tesla/2023.44.30-a1b2c3d4e5".to_owned(),
    ]);
}

#[test]
fn an_empty_user_agent_is_a_program_s() {
    let mut agents = Agents::default();
    for empty in [b"".as_slice(), b" ", b"\t \r\n"] {
        let told = agents.parse(empty, &[]);
        let program = Agent {
            bot: true,
            ..Agent::default()
        };
        assert_eq!(*told, program, "{empty:?}");
    }
}

fn assert_told(expected: &[(String, [&str; 3])]) {
    for (user_agent, browser_system_device) in expected {
        let agent = tell(user_agent);
        assert!(!agent.bot, "{user_agent}");
        assert_eq!(
            [&*agent.browser, &*agent.os, &*agent.device],
            *browser_system_device,
            "{user_agent}"
        );
    }
}

#[test]
fn no_browser_of_apple_runs_on_android() {
    assert_told(&[
        (
            "Mozilla/5.0 (Linux; U; Android 4.2.2; en-us; GT-P5110) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30".to_owned(),
            ["Android Browser", "Android", "Mobile"],
        ),
        (
            "Mozilla/5.0 Linux; Android 9; SM-A105F Build/PPR1; wv AppleWebKit/537.36 KHTML, like Gecko Version/4.0 Chrome/74.0 Mobile Safari/537.36".to_owned(),
            ["Android WebView", "Android", "Mobile"],
        ),
        (
            "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.35+ (KHTML, like Gecko) Version/10.3.3 Mobile Safari/537.35+".to_owned(),
            ["BlackBerry Browser", "BlackBerry", "Mobile"],
        ),
    ]);
}

#[test]
fn televisions_are_no_tablets_and_no_computers() {
    let devices = |model: &str| {
        (
            format!(
                "Mozilla/5.0 (Linux; Android 9; {model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Safari/537.36"
            ),
            ["Chrome", "Android", "TV"],
        )
    };
    let computers = |platform: &str, end: &str| {
        (
            format!(
                "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/77.0.3865.120 Safari/537.36 {end}"
            ),
            ["Chrome", "Linux", "TV"],
        )
    };
    assert_told(&[
        devices("SOME_TV_UHD-5042"),
        devices("SMART TV"),
        devices("SM-LED32M09S"),
        devices("Some Smart Box G3"),
        devices("TDTV43BS06U"),
        devices("Movie IPTV Quad"),
        computers("Linux armv7l", "OMI/4.20.4.54 Model/Some-NT72671D"),
        computers("X11; Linux armv7l", "CE-HTML/1.0 NETTV/4.6.0.1"),
        computers("Linux;", "SRAF/4.0 (; MAKER; ); hbbtv"),
        (
            "Mozilla/5.0 (Linux; Tizen 5.5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/69.0.3497.106 Safari/537.36".to_owned(),
            ["Chrome", "Tizen", "TV"],
        ),
        (
            "Opera/9.80 (Linux mips; ) Presto/2.12.407 Version/12.51 MB97/0.0.39.10 (MAKER, Mxl661L32, wireless)".to_owned(),
            ["Opera", "Linux", "TV"],
        ),
    ]);
    assert_told(&[
        (
            "Mozilla/5.0 (Linux; Tizen 2.4; SAMSUNG SM-Z200Y) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/69.0.0.0 Mobile Safari/537.3".to_owned(),
            ["Chrome", "Tizen", "Mobile"],
        ),
        (
            "Mozilla/5.0 (Linux; Android 11; Tablet PC 10 PRO) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36".to_owned(),
            ["Chrome", "Android", "Tablet"],
        ),
    ]);
}

#[test]
fn upper_or_lower_case_makes_no_difference() {
    for user_agent in super::PEOPLE
        .iter()
        .map(|person| person.0)
        .filter(|user_agent| user_agent.starts_with("Mozilla/"))
    {
        let written = tell(user_agent);
        for turned in [user_agent.to_lowercase(), user_agent.to_uppercase()] {
            let told = tell(&turned);
            assert_eq!(
                [&told.browser, &told.os, &told.device],
                [&written.browser, &written.os, &written.device],
                "{turned}"
            );
            assert_eq!(told.bot, written.bot, "{turned}");
        }
    }
    assert_programs(&[
        chrome("123.0.0.0", " GoogleMessages/15.1").to_lowercase(),
        "MOZILLA/5.0 (COMPATIBLE; GOOGLEBOT/2.1)".to_owned(),
    ]);
}
