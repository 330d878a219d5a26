package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The form of URLs in pipeline files. A user in one would be a secret that is written down, and a fragment isn't sent.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3986#section-3">RFC 3986, 3</a>
 */
public final class HttpUrl {
    private static final Pattern FORM = Pattern.compile(
            "https?://(?<host>\\[[0-9A-Fa-f:.]+\\]|[^/?#@:\\[\\]\\s]+)(:(?<port>[0-9]{1,5}))?(?<path>/[^?#\\s]*)?(?<query>\\?[^#\\s]*)?");
    private static final int MAX_PORT = 65_535;

    private HttpUrl() {}

    /** Whether a text is a URL of http or https, without a user and a fragment, whose port there can be. */
    public static boolean is(String text) {
        Matcher parts = FORM.matcher(text);
        return parts.matches() && isPort(parts.group("port"));
    }

    /** The same, without a query too, so that a path can be appended. */
    public static boolean isBase(String text) {
        return is(text) && text.indexOf('?') < 0;
    }

    private static boolean isPort(@Nullable String text) {
        return text == null || (Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MAX_PORT);
    }
}
