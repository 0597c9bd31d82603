//! The table of error words in docs/commands/README.md.

use super::page::Page;

#[test]
fn every_error_word_of_a_page_is_in_the_table() {
    let index = Page::read("docs/commands/README.md");
    let table = index.section("## Errors").expect("the table of errors");
    let mut found = 0;
    for page in Page::all() {
        let Some(errors) = page
            .section("## Errors")
            .filter(|_| page.name().contains("commands/"))
        else {
            continue;
        };
        for line in errors.lines() {
            let Some(rest) = line.strip_prefix("- `") else {
                continue;
            };
            let word: String = rest.chars().take_while(char::is_ascii_uppercase).collect();
            assert!(
                table.contains(&format!("`{word}`")),
                "{}: {word} is not in the table",
                page.name()
            );
            found += 1;
        }
    }
    assert!(found > 20, "{found} errors are listed");
}
