package dev.millrace.service;

import io.micronaut.http.client.HttpClientConfiguration;
import io.micronaut.runtime.ApplicationConfiguration;
import java.time.Duration;

/** How other services are called: with one time limit for all of a call, and without following redirects. */
public abstract class CallConfiguration extends HttpClientConfiguration {
    private final ConnectionPoolConfiguration pool = new ConnectionPoolConfiguration();

    /** @param patience until the answer is there, from the moment of the call */
    @SuppressWarnings("this-escape") // to setters of the framework, which only set
    protected CallConfiguration(ApplicationConfiguration application, Duration patience) {
        super(application);
        setConnectTimeout(patience);
        setReadTimeout(patience);
        setRequestTimeout(patience);
        setFollowRedirects(false); // a token is for the service that it was issued for
        setMaxContentLength(Integer.MAX_VALUE); // rows of a query have a limit of their own
    }

    @Override
    public final ConnectionPoolConfiguration getConnectionPoolConfiguration() {
        return pool;
    }
}
