package dev.millrace.mask;

import ch.qos.logback.classic.jul.LevelChangePropagator;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The bridge by which what is logged by {@code java.util.logging}, as Google's libraries and OpenTelemetry do, takes
 * the same way as all other lines, masks included. It is told Logback's levels, so that lines which nobody wants cost
 * nothing. Named in each {@code logback.xml}.
 */
public final class JavaUtilLogging extends LevelChangePropagator {
    @Override
    public void start() {
        super.start();
        if (!SLF4JBridgeHandler.isInstalled()) {
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            SLF4JBridgeHandler.install();
        }
    }
}
