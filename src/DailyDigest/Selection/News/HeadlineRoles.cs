namespace DailyDigest.Selection;

/// <summary>Tells titles with the same words in reverse roles.</summary>
internal static class HeadlineRoles
{
    // "France beat England in Lyon" and "England beat France in Lyon": three neighbours that stand in the reverse order. "The actor sues
    // the singer": all that stood before the same words stands behind them. "Sued by" turns the roles back. Russian tells roles by
    // endings, so its order tells them only of two names.
    public static bool AreSwapped(Headline first, Headline second)
    {
        // The place or the day at the end says nothing of the roles.
        var end = 0;
        while (end < Math.Min(first.Words.Length, second.Words.Length) && first.Words[^(end + 1)].Hash == second.Words[^(end + 1)].Hash)
        {
            end++;
        }

        var a = first.Words.AsSpan(0, first.Words.Length - end);
        var b = second.Words.AsSpan(0, second.Words.Length - end);
        var isCyrillic = a.Length > 0 && a[0].Word.Text[0] is >= '\u0400' and <= '\u04FF';
        var orderTells = first.HasAgent == second.HasAgent && !isCyrillic;
        if (isCyrillic && a.Length > 2 && b.Length > 2 && a[^1].IsName && b[^1].IsName
            && a[0].Hash == b[^1].Hash && b[0].Hash == a[^1].Hash)
        {
            return true;
        }

        for (var i = 1; i + 1 < a.Length; i++)
        {
            for (var j = 1; j + 1 < b.Length; j++)
            {
                if (a[i].Hash != b[j].Hash)
                {
                    continue;
                }

                if (a[i - 1].Hash == b[j + 1].Hash && a[i + 1].Hash == b[j - 1].Hash && a[i - 1].Hash != a[i + 1].Hash)
                {
                    return true;
                }

                var length = 1;
                while (i + length < a.Length && j + length < b.Length && a[i + length].Hash == b[j + length].Hash)
                {
                    length++;
                }

                if (orderTells && !AreNames(a.Slice(i, length)) && HaveTheSame(a[..i], b[(j + length)..])
                    && HaveTheSame(a[(i + length)..], b[..j]))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // A name between two clauses has no roles: "Flood waters rise in Marston as river bursts banks".
    private static bool AreNames(ReadOnlySpan<HeadlineWord> words)
    {
        foreach (var word in words)
        {
            if (!word.IsName && !word.Word.Is(WordClass.Number))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HaveTheSame(ReadOnlySpan<HeadlineWord> one, ReadOnlySpan<HeadlineWord> other)
    {
        if (one.Length == 0 || one.Length != other.Length)
        {
            return false;
        }

        foreach (var word in one)
        {
            if (!Contains(other, word.Hash))
            {
                return false;
            }
        }

        foreach (var word in other)
        {
            if (!Contains(one, word.Hash))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Contains(ReadOnlySpan<HeadlineWord> words, ulong hash)
    {
        foreach (var word in words)
        {
            if (word.Hash == hash)
            {
                return true;
            }
        }

        return false;
    }
}
