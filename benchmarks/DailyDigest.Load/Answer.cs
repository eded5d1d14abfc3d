using System.Globalization;
using System.Text;
using DailyDigest.Sending;

namespace DailyDigest.LoadBenchmark;

/// <summary>An answer in the bytes in which it was received.</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">Those that an application sets: not Date, Server and the like, which Kestrel writes by itself.</param>
/// <param name="Body">The bytes.</param>
internal sealed record Answer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>Reads what <see cref="Wire"/> recorded.</summary>
    public static Answer Load(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var head = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        var lines = Encoding.ASCII.GetString(bytes, 0, head).Split("\r\n");
        return new Answer(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            [.. lines[1..].Select(line => line.Split(": ", 2)).Where(pair => pair[0] is not ("Date" or "Server"))
                .Select(pair => (pair[0], pair[1]))],
            bytes[(head + 4)..]);
    }
}
