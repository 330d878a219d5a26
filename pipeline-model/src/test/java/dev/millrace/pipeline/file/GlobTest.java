package dev.millrace.pipeline.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.pipeline.InvalidValue;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*.csv | a.csv, .csv, a b.csv, é😀.csv | a.csv.gz, x/a.csv, acsv, /a.csv",
                "**/*.csv | a.csv, x/a.csv, x/y/a.csv, x//a.csv, /a.csv | a.txt, x/a.csv/b",
                "x/**/a.csv | x/a.csv, x/y/a.csv, x/y/z/a.csv | a.csv, xa.csv, x/ya.csv",
                "x/** | x/a, x/y/a.csv, x/ | x, xy/a",
                "a**z | az, a/b/z | a/b/y",
                "hires_20??.csv | hires_2024.csv, hires_20é😀.csv | hires_204.csv, hires_20/4.csv",
                "[a-c1]*[!0-9] | ax, 1z | a1, d, cx/, a/",
                "[!a-z]x | Ax, .x | ax, /x",
                "[]x]y | ]y, xy | y, ay",
                "[*?^&-]x | *x, ?x, ^x, &x, -x | ax",
                "{a,b/**/,}c.{csv,txt} | ac.csv, b/c.txt, b/x/c.csv, c.txt | bc.csv, a/c.csv",
                "{a{b,c},d}e | abe, ace, de | ae, abcde",
                "a}.csv | a}.csv | a.csv",
                "a.+(x)$^ | a.+(x)$^ | aa(x)$^",
            })
    void saysWhichNamesAreMeant(String pattern, String meant, String notMeant) {
        Glob glob = Glob.of(pattern);

        assertThat(List.of(meant.split(", "))).allMatch(glob::matches);
        assertThat(List.of(notMeant.split(", "))).noneMatch(glob::matches);
    }

    @Test
    void takesACharacterAsItIsAfterABackslash() {
        assertThat(Glob.of("a\\*\\[\\{.csv").matches("a*[{.csv")).isTrue();
        assertThat(Glob.of("a\\*.csv").matches("ab.csv")).isFalse();
        assertThat(Glob.of("a\\n").matches("an")).isTrue();
        assertThat(Glob.of("**").matches("a\nb")).isTrue();
    }

    /** But for two stars with a slash behind, which are at least one folder to the JDK. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "**",
                "*.csv",
                "?",
                "??",
                "a*c",
                "a**c",
                "[a-c]",
                "[!a]*",
                "{a,b}*",
                "{a,b/c}",
                "x/*",
                "x/**",
                "a.b",
                "[a-b]*/?",
                "\\a",
                "{,a}b"
            })
    void agreesWithTheGlobsOfTheJdk(String pattern) {
        PathMatcher jdk = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        Glob glob = Glob.of(pattern);

        assertThat(List.of(
                        "a", "b", "c", "ab", "abc", "a/c", "a/b/c", "b/c", "x/a", "x/a/b", "a.csv", "x/a.csv", ".csv",
                        "a.b", "axb"))
                .allSatisfy(name -> assertThat(glob.matches(name)).as(name).isEqualTo(jdk.matches(Path.of(name))));
    }

    @ParameterizedTest
    @CsvSource({
        "*.csv, '', true",
        "2024/a*.csv, 2024/a, true",
        "2024/*/a.csv, 2024/, false",
        "a/**, a/, false",
        "a/b.csv, a/b.csv, true",
        "'a{b,c/d}', a, false",
        "'a[bc]', a, true"
    })
    void saysWhatAllNamesBeginWithAndWhetherTheyAreInOneFolder(String pattern, String start, boolean oneFolder) {
        assertThat(Glob.of(pattern).start()).isEqualTo(start);
        assertThat(Glob.of(pattern).isOfOneFolder()).isEqualTo(oneFolder);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a[b | the [ at character 2 to be closed",
                "a[] | the [ at character 2 to be closed",
                "{a,{b} | the { at character 1 to be closed",
                "[z-a] | the range z-a in the order of its ends",
                "a\\ | a character after the \\ at its end"
            })
    void refusesWhatIsNoGlob(String pattern, String expected) {
        assertThatThrownBy(() -> Glob.of(pattern))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("pattern: '" + pattern + "' (expected: a glob, with " + expected + ")");
    }
}
