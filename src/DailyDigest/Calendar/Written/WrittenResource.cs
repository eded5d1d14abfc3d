namespace DailyDigest.Calendar;

/// <summary>The tables of this folder: a line has cells between bars.</summary>
internal static class WrittenResource
{
    public static IEnumerable<string[]> Lines(string name)
    {
        using var stream = typeof(WrittenResource).Assembly.GetManifestResourceStream("DailyDigest." + name)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line.Split('|');
        }
    }
}
