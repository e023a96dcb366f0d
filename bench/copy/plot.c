// SPDX-License-Identifier: GPL-2.0-only
/* The ratios as an SVG picture: folio_copy() and folio_mc_copy(), cold and hot. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "copybench.h"

#define WIDTH	560	/* of a panel */
#define HEIGHT	330
#define LEFT	56
#define TOP	46
#define BOTTOM	40
#define RIGHT	16
#define LOW	0.5	/* the ratios shown, on a logarithmic scale */
#define HIGH	3.0

struct line {
	const char *label, *colour;
	const char *features;
	bool naive;
};

/* Colours that people who cannot tell red from green can tell apart. */
static const struct line lines[] = {
	{ "patched, CPU with ERMS and FSRM", "#0072b2", "rep_good erms fsrm", false },
	{ "patched, CPU with REP_GOOD only", "#009e73", "rep_good", false },
	{ "patched, CPU with neither", "#cc79a7", "none", false },
	{ "one plain copy, CPU with ERMS and FSRM", "#e69f00", "rep_good erms fsrm", true },
	{ "one plain copy, CPU with REP_GOOD only", "#d55e00", "rep_good", true },
};

static double x_of(size_t len, const struct point *points, unsigned int n)
{
	double first = log2(points[0].len), last = log2(points[n - 1].len);

	return LEFT + (log2(len) - first) / (last > first ? last - first : 1) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double ratio)
{
	if (ratio < LOW)
		ratio = LOW;
	if (ratio > HIGH)
		ratio = HIGH;
	return TOP + (log(HIGH) - log(ratio)) / (log(HIGH) - log(LOW)) * (HEIGHT - TOP - BOTTOM);
}

static void axes(FILE *to, const char *operation, bool cold, const struct point *points, unsigned int n)
{
	static const double ticks[] = { 0.5, 0.7, 1, 1.5, 2, 3 };

	fprintf(to, "<text x='%d' y='%d' class='t'>%s(), %s</text>\n", LEFT, TOP - 12, operation,
		cold ? "source and destination cold" : "source and destination in cache");
	for (unsigned int i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		double y = y_of(ticks[i]);

		fprintf(to, "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' class='%s'/>"
			"<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n", LEFT, y, WIDTH - RIGHT, y,
			ticks[i] == 1 ? "one" : "grid", LEFT - 6, y + 4, ticks[i]);
	}
	for (size_t len = points[0].len; len <= points[n - 1].len; len *= 4) {
		static const char *const unit[] = { "K", "M", "G" };
		unsigned int u = len >= 1UL << 30 ? 2 : len >= 1UL << 20;

		fprintf(to, "<text x='%.1f' y='%d' text-anchor='middle'>%zu%s</text>\n",
			x_of(len, points, n), HEIGHT - BOTTOM + 18, len >> (10 * (u + 1)), unit[u]);
	}
}

static void draw(FILE *to, const struct line *line, const struct choice *choice, bool cold,
		 const struct point *points, unsigned int n)
{
	unsigned int loop = variant_index(choice->loop);
	unsigned int v = variant_index(line->naive ? choice->naive : choice->ours);

	for (unsigned int i = 0; i < n; i++) {
		struct spread r = point_ratio(&points[i], loop, v);
		double x = x_of(points[i].len, points, n);

		if (points[i].cold == cold)
			fprintf(to, "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s' class='q'/>\n",
				x, y_of(r.low), x, y_of(r.high), line->colour);
	}
	fprintf(to, "<polyline fill='none' stroke='%s' stroke-width='2'%s points='", line->colour,
		line->naive ? " stroke-dasharray='5 4'" : "");
	for (unsigned int i = 0; i < n; i++)
		if (points[i].cold == cold)
			fprintf(to, "%.1f,%.1f ", x_of(points[i].len, points, n),
				y_of(point_ratio(&points[i], loop, v).median));
	fprintf(to, "'/>\n");
}

static void panel(FILE *to, const char *operation, bool cold, const struct point *points, unsigned int n)
{
	axes(to, operation, cold, points, n);
	for (unsigned int l = 0; l < sizeof(lines) / sizeof(lines[0]); l++)
		for (unsigned int c = 0; c < nr_choices; c++)
			if (!strcmp(choices[c].operation, operation) &&
			    !strcmp(choices[c].features, lines[l].features))
				draw(to, &lines[l], &choices[c], cold, points, n);
}

int plot(const char *path, const struct machine *machine, const struct point *points, unsigned int n)
{
	const unsigned int nr_lines = sizeof(lines) / sizeof(lines[0]);
	const int height = 2 * HEIGHT + 30 + 20 * (int)nr_lines + 30;
	FILE *to = fopen(path, "w");

	if (!to)
		goto failed;
	fprintf(to, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d'>\n"
		"<style>text{font:12px sans-serif;fill:#222}.t{font-weight:bold}.grid{stroke:#ddd}"
		".one{stroke:#222;stroke-width:1.5}.q{stroke-width:5;opacity:.25}</style>\n"
		"<rect width='100%%' height='100%%' fill='#fff'/>\n", 2 * WIDTH, height, 2 * WIDTH, height);
	for (int p = 0; p < 4; p++) {
		fprintf(to, "<g transform='translate(%d,%d)'>\n", p % 2 * WIDTH, p / 2 * HEIGHT);
		panel(to, p / 2 ? "folio_mc_copy" : "folio_copy", p % 2 == 0, points, n);
		fprintf(to, "</g>\n");
	}
	fprintf(to, "<text x='%d' y='%d'>Speed by length of the folio, as a ratio to the base kernel's loop over "
		"pages on the same CPU; medians, bars: quartiles. %s%s</text>\n", LEFT, 2 * HEIGHT + 16,
		machine->cpu, machine->hypervisor ? ", virtual machine" : "");
	for (unsigned int l = 0; l < nr_lines; l++) {
		int y = 2 * HEIGHT + 40 + 20 * l;

		fprintf(to, "<line x1='%d' y1='%d' x2='%d' y2='%d' stroke='%s' stroke-width='2'%s/>"
			"<text x='%d' y='%d'>%s</text>\n", LEFT, y, LEFT + 36, y, lines[l].colour,
			lines[l].naive ? " stroke-dasharray='5 4'" : "", LEFT + 46, y + 4, lines[l].label);
	}
	fprintf(to, "</svg>\n");
	if (fclose(to))
		goto failed;
	return 0;
failed:
	fprintf(stderr, "copy-bench: %s: %s\n", path, strerror(errno));
	return 1;
}
