package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.cloud.verify.Points.Point;
import dev.millrace.standalone.process.Service;
import java.util.EnumSet;
import java.util.Set;

/**
 * A service's process is killed right before its first call that changes something, and right after each of them. Dying
 * around a call that only looks is dying after the last one that changed something.
 */
final class Kills extends Crashes {
    Kills(int every) {
        super(every);
    }

    @Override
    public String name() {
        return "kills";
    }

    @Override
    boolean concerns(Point point) {
        return !point.method().equals("GET");
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        Set<Service> begun = EnumSet.noneOf(Service.class);
        for (Point point : points(trial, report)) {
            Service service = point.service();
            Relay relay = trial.relay(service);
            Runnable death = () -> trial.kill(service);
            // dead after a call is dead before the next one: services keep nothing of a task but in Google Cloud
            if (begun.add(service)) {
                crash(trial, report, "before " + point, relay, point, point.skip(), new Relay.Event.Before(death));
            }
            crash(trial, report, "after " + point, relay, point, point.skip(), new Relay.Event.After(death));
        }
    }
}
