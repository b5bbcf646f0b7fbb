// Adjoints written by hand of three routines of tests/corpus, for bench/cases/adjoints.py.
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Diffusion on a ring: every step's values are kept.
double heat_gradient(const double *u, long n, double alpha, long steps, double *u_bar, double *alpha_bar) {
    double *tape = malloc((steps + 1) * n * sizeof *tape), *next = malloc(n * sizeof *next), total = 0.0;
    memcpy(tape, u, n * sizeof *tape);
    for (long s = 0; s < steps; s++) {
        const double *a = tape + s * n;
        double *b = tape + (s + 1) * n;
        b[0] = a[0] + alpha * (a[n - 1] - 2.0 * a[0] + a[1]);
        for (long i = 1; i < n - 1; i++) b[i] = a[i] + alpha * (a[i - 1] - 2.0 * a[i] + a[i + 1]);
        b[n - 1] = a[n - 1] + alpha * (a[n - 2] - 2.0 * a[n - 1] + a[0]);
    }
    for (long i = 0; i < n; i++) {
        double v = tape[steps * n + i];
        total += v * v;
        u_bar[i] = 2.0 * v;
    }
    double rate_bar = 0.0;
    for (long s = steps - 1; s >= 0; s--) {
        const double *a = tape + s * n;
        for (long i = 0; i < n; i++) {
            long left = i ? i - 1 : n - 1, right = i < n - 1 ? i + 1 : 0;
            rate_bar += u_bar[i] * (a[left] - 2.0 * a[i] + a[right]);
        }
        next[0] = u_bar[0] + alpha * (u_bar[n - 1] - 2.0 * u_bar[0] + u_bar[1]);
        for (long i = 1; i < n - 1; i++) next[i] = u_bar[i] + alpha * (u_bar[i - 1] - 2.0 * u_bar[i] + u_bar[i + 1]);
        next[n - 1] = u_bar[n - 1] + alpha * (u_bar[n - 2] - 2.0 * u_bar[n - 1] + u_bar[0]);
        memcpy(u_bar, next, n * sizeof *next);
    }
    *alpha_bar = rate_bar;
    free(tape);
    free(next);
    return total;
}

// The sum of squares of the solution of a tridiagonal system.
double thomas_gradient(const double *lower, const double *diagonal, const double *upper, const double *right, long n,
                       double *l_bar, double *d_bar, double *u_bar, double *r_bar) {
    double *work = malloc(4 * n * sizeof *work), *w = work, *d = work + n, *r = work + 2 * n, *x = work + 3 * n;
    double total = 0.0;
    d[0] = diagonal[0];
    r[0] = right[0];
    for (long i = 1; i < n; i++) {
        w[i] = lower[i - 1] / d[i - 1];
        d[i] = diagonal[i] - w[i] * upper[i - 1];
        r[i] = right[i] - w[i] * r[i - 1];
    }
    x[n - 1] = r[n - 1] / d[n - 1];
    for (long i = n - 2; i >= 0; i--) x[i] = (r[i] - upper[i] * x[i + 1]) / d[i];
    for (long i = 0; i < n; i++) total += x[i] * x[i];

    double carried = 0.0;
    for (long i = 0; i < n; i++) {
        double t = (2.0 * x[i] + carried) / d[i];
        r_bar[i] = t;
        d_bar[i] = -t * x[i];
        if (i < n - 1) {
            u_bar[i] = -t * x[i + 1];
            carried = -t * upper[i];
        }
    }
    for (long i = n - 1; i > 0; i--) {
        double w_bar = -r_bar[i] * r[i - 1] - d_bar[i] * upper[i - 1];
        r_bar[i - 1] -= w[i] * r_bar[i];
        u_bar[i - 1] -= w[i] * d_bar[i];
        l_bar[i - 1] = w_bar / d[i - 1];
        d_bar[i - 1] -= w_bar * w[i] / d[i - 1];
    }
    free(work);
    return total;
}

// A thrown mass with drag, stepped until it lands; the state of every step is kept, in a buffer that grows.
double trebuchet_gradient(double release, double weight, double *release_bar, double *weight_bar) {
    const double dt = 0.01;
    long steps = 0, room = 256;
    double(*tape)[3] = malloc(room * sizeof *tape);
    double speed = sqrt(weight), x = 0.0, y = 1.0, px = 0.0, py = 0.0;
    double vx = speed * cos(release), vy = speed * sin(release);
    while (y > 0.0) {
        if (steps == room) tape = realloc(tape, (room *= 2) * sizeof *tape);
        tape[steps][0] = vx;
        tape[steps][1] = vy;
        double norm = tape[steps++][2] = hypot(vx, vy), drag = 0.02 * norm;
        px = x;
        py = y;
        x += dt * vx;
        y += dt * vy;
        vx -= dt * drag * vx;
        vy -= dt * (9.81 + drag * vy);
    }
    double q = py / (py - y), q_bar = x - px, result = px + (x - px) * q;
    double x_bar = q, y_bar = q_bar * py / ((py - y) * (py - y)), vx_bar = 0.0, vy_bar = 0.0;
    for (long s = steps - 1; s >= 0; s--) {
        double ax = tape[s][0], ay = tape[s][1], norm = tape[s][2], drag = 0.02 * norm;
        double drag_bar = -dt * (ax * vx_bar + ay * vy_bar);
        vx_bar = vx_bar * (1.0 - dt * drag) + dt * x_bar + 0.02 * drag_bar * ax / norm;
        vy_bar = vy_bar * (1.0 - dt * drag) + dt * y_bar + 0.02 * drag_bar * ay / norm;
        if (s == steps - 1) {
            x_bar += 1.0 - q;
            y_bar += q_bar * -y / ((py - y) * (py - y));
        }
    }
    *release_bar = speed * (cos(release) * vy_bar - sin(release) * vx_bar);
    *weight_bar = (cos(release) * vx_bar + sin(release) * vy_bar) / (2.0 * speed);
    free(tape);
    return result;
}
