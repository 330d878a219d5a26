package dev.millrace.service;

import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;

/** For calls that are answered at once. */
@Singleton
final class ServiceCallConfiguration extends CallConfiguration {
    ServiceCallConfiguration(ApplicationConfiguration application, ServiceConfig config) {
        super(application, config.requestTimeout());
    }
}
