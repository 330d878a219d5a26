package dev.millrace.gateway;

/** The default of an installation on one machine. */
class H2GatewayTest extends GatewayContract {
    @Override
    boolean sharesItsDatabase() {
        return false;
    }
}
