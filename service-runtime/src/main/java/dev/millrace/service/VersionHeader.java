package dev.millrace.service;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/** Says beside a service's health which version it is of, as {@code Server: millrace/1.2.3}. */
@ServerFilter("/health")
final class VersionHeader {
    private final String product;

    VersionHeader(Version version) {
        this.product = Version.PRODUCT + version.text();
    }

    @ResponseFilter
    void add(MutableHttpResponse<?> response) {
        response.header(HttpHeaders.SERVER, product);
    }
}
