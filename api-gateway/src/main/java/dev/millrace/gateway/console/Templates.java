package dev.millrace.gateway.console;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import jakarta.inject.Singleton;
import java.net.URI;

/** Makes pages of what they show. What is shown is escaped by where it stands. Safe for use by several threads. */
@Singleton
final class Templates {
    private static final MediaType HTML = MediaType.of("text/html;charset=utf-8");

    private final TemplateEngine engine = TemplateEngine.createPrecompiled(
            null, ContentType.Html, Templates.class.getClassLoader(), Templates.class.getPackageName());

    /** @param page the template's only parameter */
    HttpResponse<String> page(String template, Object page) {
        return page(HttpStatus.OK, template, page);
    }

    MutableHttpResponse<String> page(HttpStatus status, String template, Object page) {
        StringOutput output = new StringOutput();
        engine.render(template + ".jte", page, output);
        return HttpResponse.<String>status(status).body(output.toString()).contentType(HTML);
    }

    /** Leads the browser to another page, which it asks for by GET. */
    static <T> MutableHttpResponse<T> seeOther(String path) {
        return HttpResponse.<T>status(HttpStatus.SEE_OTHER).headers(headers -> headers.location(URI.create(path)));
    }
}
