using System.Globalization;
using DailyDigest.Returns;
using DailyDigest.Sending;

namespace DailyDigest.LoadBenchmark;

/// <summary>Loads both servers in turn and prints tables in Markdown.</summary>
internal static class Report
{
    public static async Task PrintAsync(int connections, TimeSpan time, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("dailydigest-load-");
        try
        {
            await using var product = await Served.StartAsync("product", folder.FullName);
            var answer = await RecordAsync(product.Port, folder.FullName);
            await using var bare = await Served.StartAsync("bare", answer);
            var page = await CompareAsync(product, bare, connections, time, rounds, signUp: false);
            var signUp = await CompareAsync(product, bare, connections, time, rounds, signUp: true);
            Say($"The page has {Answer.Load(answer).Body.Length / 1024.0:0.0} KB. {connections} connections; each in turn for ",
                $"{time.TotalSeconds:0} s, {rounds} rounds, medians; {Environment.ProcessorCount} cores for server and client together.");
            Say($"");
            Say($"| | a second | of bare | server's CPU µs each | of bare | allocated KB each | peak MB |");
            Say($"|---|---|---|---|---|---|---|");
            Rows("`GET /`", page);
            Rows("sign-up: `GET /`, the sum, `POST /signup`", signUp);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Compares the sign-up with that of another build, round by round: other work of the machine weighs on both.</summary>
    public static async Task PrintAgainstAsync(string program, int connections, TimeSpan time, int rounds)
    {
        var (mine, theirs) = (Directory.CreateTempSubdirectory("dailydigest-load-"), Directory.CreateTempSubdirectory("dailydigest-load-"));
        try
        {
            await using var product = await Served.StartAsync("product", mine.FullName);
            await using var other = await Served.StartProgramAsync(program, "product", theirs.FullName);
            foreach (var server in new[] { product, other, product, other })
            {
                await server.LoadAsync(connections, time, signUp: true);
            }

            Say($"| round | this a second | the other | ratio | this, CPU µs each | the other | ratio |");
            Say($"|---|---|---|---|---|---|---|");
            var (rates, costs) = (new List<double>(), new List<double>());
            for (var round = 1; round <= rounds; round++)
            {
                // Each is first in turn: the store of the second is colder.
                var first = round % 2 == 0 ? other : product;
                var one = await first.LoadAsync(connections, time, signUp: true);
                var two = await (first == product ? other : product).LoadAsync(connections, time, signUp: true);
                var (us, them) = first == product ? (one, two) : (two, one);
                rates.Add(us.Rate / them.Rate);
                costs.Add(us.CpuMicroseconds / them.CpuMicroseconds);
                Say($"| {round} | {us.Rate:#,0} | {them.Rate:#,0} | {rates[^1]:0.00} | {us.CpuMicroseconds:0} | {them.CpuMicroseconds:0} ",
                    $"| {costs[^1]:0.00} |");
            }

            Say($"Median of the ratios: {Middle(rates):0.00} in sign-ups a second, {Middle(costs):0.00} in CPU.");
        }
        finally
        {
            mine.Delete(recursive: true);
            theirs.Delete(recursive: true);
        }
    }

    /// <summary>Keeps the bytes of the product's answers for the bare server to repeat.</summary>
    private static async Task<string> RecordAsync(int port, string folder)
    {
        var file = Path.Combine(folder, "answer");
        using var wire = new Wire();
        await wire.ConnectAsync(port);
        await wire.PageAsync();
        await File.WriteAllBytesAsync(file, wire.Last.ToArray());
        await wire.SignUpAsync("first@example.org");
        await File.WriteAllBytesAsync(file + ".post", wire.Last.ToArray());
        return file;
    }

    private static async Task<(Measured Product, Measured Bare, double Ratio)> CompareAsync(
        Served product, Served bare, int connections, TimeSpan time, int rounds, bool signUp)
    {
        var (ours, theirs) = (new List<Measured>(), new List<Measured>());
        // The compiler's tiers take tens of thousands of calls, and half a minute on a busy machine, to settle.
        foreach (var server in new[] { product, bare, product, bare, product })
        {
            await server.LoadAsync(connections, time, signUp);
        }

        for (var round = 0; round < rounds; round++)
        {
            ours.Add(await product.LoadAsync(connections, time, signUp));
            theirs.Add(await bare.LoadAsync(connections, time, signUp));
        }

        // Neighbours in time are compared, so that what else the machine does weighs on both.
        return (Median(ours), Median(theirs), Middle(ours.Zip(theirs, (one, other) => one.Rate / other.Rate)));
    }

    private static Measured Median(List<Measured> list) => new(
        Middle(list.Select(one => one.Rate)), Middle(list.Select(one => one.CpuMicroseconds)),
        Middle(list.Select(one => one.AllocatedKilobytes)),
        list.Max(one => one.PeakMegabytes));

    private static double Middle(IEnumerable<double> numbers) => numbers.Order().ElementAt(numbers.Count() / 2);

    private static void Rows(string name, (Measured Product, Measured Bare, double Ratio) pair)
    {
        var (product, bare, ratio) = pair;
        Say($"| {name} | {product.Rate:#,0} | {ratio:0.00} | {product.CpuMicroseconds:0} | ",
            $"{product.CpuMicroseconds / bare.CpuMicroseconds:0.0} | {product.AllocatedKilobytes:0.0} | {product.PeakMegabytes:0} |");
        Say($"| the same from bare Kestrel | {bare.Rate:#,0} | 1 | {bare.CpuMicroseconds:0} | 1 | {bare.AllocatedKilobytes:0.0} | ",
            $"{bare.PeakMegabytes:0} |");
    }

    /// <summary>Prints the parts as one line.</summary>
    private static void Say(params FormattableString[] parts) =>
        Console.WriteLine(string.Concat(parts.Select(part => part.ToString(CultureInfo.InvariantCulture))));
}
