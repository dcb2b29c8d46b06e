/** Photos and videos of children, shared with their parents. What was hidden is never listed. */
import { z } from 'zod';
import { defineKeysetQuery } from '../pagination/define-keyset-query.ts';
import { defineQuery } from '../query/define-query.ts';
import { filledText, id } from '../query/input.ts';
import { sql } from '../query/sql.ts';
import { utcNow } from '../query/utc-now.ts';
import { mediaSharesMediaType, mediaSharesRow } from '../rows/index.ts';

const mediaColumns = sql`
  media.id, media.child_id AS "childId", media.staff_id AS "staffId", media.media_url AS "mediaUrl",
  media.media_type AS "mediaType", media.caption, media.is_visible AS "isVisible", media.created_at AS "createdAt"`;

/**
 * Lists the visible photos and videos of some children, newest first, page by page.
 *
 * @example
 * await listMediaForChildren(db, { childIds: ['c1', 'c2'], limit: 20 });
 * // SELECT … FROM public.media_shares AS media WHERE media.child_id = ANY ($1::text[]) AND media.is_visible AND TRUE
 * // ORDER BY media.created_at DESC, media.id DESC LIMIT $2
 */
export const listMediaForChildren = defineKeysetQuery({
  name: 'listMediaForChildren',
  input: z.strictObject({ childIds: z.array(id).max(100) }),
  row: mediaSharesRow,
  order: [
    { sql: sql`media.created_at`, type: 'timestamp', direction: 'desc', nullable: true },
    { sql: sql`media.id`, type: 'text', direction: 'desc' },
  ],
  sql: ({ childIds }, page) => sql`
    SELECT ${mediaColumns}, ${page.cursor}
    FROM public.media_shares AS media
    WHERE media.child_id = ANY (${sql.array(childIds, 'text')}) AND media.is_visible AND ${page.after}
    ${page.orderByLimit}`,
  samples: [{ childIds: ['c1', 'c2'] }],
});

/** Shares a photo or video of a child with its parents. */
export const shareMedia = defineQuery({
  name: 'shareMedia',
  access: 'write',
  input: z.strictObject({
    childId: id,
    staffId: id,
    mediaUrl: filledText(2_048),
    mediaType: mediaSharesMediaType,
    caption: filledText(2_000).nullish(),
  }),
  row: mediaSharesRow,
  rows: 'one',
  sql: ({ childId, staffId, mediaUrl, mediaType, caption = null }) => sql`
    INSERT INTO public.media_shares AS media
      (child_id, staff_id, media_url, media_type, caption, is_visible, created_at)
    VALUES (${childId}, ${staffId}, ${mediaUrl}, ${mediaType}, ${caption}, true, ${utcNow})
    RETURNING ${mediaColumns}`,
  samples: [{ childId: 'c1', staffId: 's1', mediaUrl: '/media/1.jpg', mediaType: 'photo' }],
});
