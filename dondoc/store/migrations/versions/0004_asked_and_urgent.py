"""delivery is asked for, reminders are urgent"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('urgent', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('ask_at', dondoc.store.types.Instant(timezone=True), nullable=True))
        batch_op.create_index('ix_message_ask', ['ask_at'], unique=False, sqlite_where=sa.text('ask_at IS NOT NULL'), postgresql_where=sa.text('ask_at IS NOT NULL'))
